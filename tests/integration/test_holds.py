"""The dbt test `holds`: each kind of rule, broken by one planted row, is told with the record, and a sound table with nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import BuildSmallCompany
from tests.small_companies import SmallCompany

OPPORTUNITIES = """\
Id,StageName,Amount,CloseDate,OwnerId,CreatedDate,SystemModstamp,LeadSource
d1,Closed Won,400,2026-02-20,o1,2025-12-20T10:00:00Z,2026-02-20T15:00:00Z,Web
d2,Discovery,200,2026-06-02,o1,2026-01-20T10:00:00Z,2026-03-20T15:00:00Z,Web
"""


@pytest.fixture(scope="module")
def company(small_company: BuildSmallCompany) -> SmallCompany:
    return small_company({"salesforce/Opportunity/2026-03-31.csv": OPPORTUNITIES})


@pytest.fixture
def planted(company: SmallCompany) -> Iterator[SmallCompany]:
    """The company, of which what a test plants is taken back."""
    company.connection.execute("begin transaction")
    yield company
    company.connection.execute("rollback")


def broken(company: SmallCompany, model: str) -> list[tuple[object, ...]]:
    (test,) = (node for node in company.project.of_kind("test") if node["name"] == f"{model}_holds")
    return company.rows(f"select rule, column_names, row_key, value, n from ({test['compiled_code']}) order by all")


def plant(company: SmallCompany, table: str, key: str, changes: str) -> None:
    company.connection.execute(f"insert into {table} select * replace ({changes}) from {table} where {key}")


def test_a_sound_table_yields_nothing(company: SmallCompany) -> None:
    assert broken(company, "dim_opportunities") == []
    assert broken(company, "fct_stage_visits") == []


def test_a_key_of_two_rows(planted: SmallCompany) -> None:
    plant(planted, "core.dim_opportunities", "opportunity_id = 'd2'", "amount + 1 as amount")
    assert broken(planted, "dim_opportunities") == [("unique", "opportunity_id", "opportunity_id=d2", None, 2)]


def test_a_key_of_several_columns(planted: SmallCompany) -> None:
    plant(planted, "stage_transitions.fct_stage_visits", "opportunity_id = 'd2'", "'another' as visit_id")
    ((rule, columns, record, _, n),) = broken(planted, "fct_stage_visits")
    assert (rule, columns, record, n) == (
        "unique", "opportunity_id, visit_number", "opportunity_id=d2, visit_number=1", 2,
    )  # fmt: skip


def test_columns_that_are_empty_are_named_together(planted: SmallCompany) -> None:
    plant(planted, "core.dim_opportunities", "opportunity_id = 'd2'",
          "'d3' as opportunity_id, null as source_name, null as is_open")  # fmt: skip
    assert broken(planted, "dim_opportunities") == [
        ("never_null", "source_name, is_open", "opportunity_id=d3", None, 1)
    ]


def test_an_empty_key_is_empty_and_no_repeat(planted: SmallCompany) -> None:
    for _ in range(2):
        plant(planted, "core.dim_opportunities", "opportunity_id = 'd2'", "null as opportunity_id")
    assert broken(planted, "dim_opportunities") == [("never_null", "opportunity_id", "", None, 1)] * 2


def test_a_value_that_is_not_accepted(planted: SmallCompany) -> None:
    plant(planted, "core.dim_opportunities", "opportunity_id = 'd2'",
          "'d3' as opportunity_id, 'guessed' as bar_basis")  # fmt: skip
    assert broken(planted, "dim_opportunities") == [("accepted", "bar_basis", "opportunity_id=d3", "guessed", 1)]


def test_a_column_that_is_known_where_another_is(planted: SmallCompany) -> None:
    coverage = "coverage.fct_ae_coverage"
    planted.connection.execute(f"update {coverage} set n_open_total = 1, n_open_qualified = null")
    rows = planted.value(f"select count(*) from {coverage}")
    assert rows > 0
    assert [row[:2] for row in broken(planted, "fct_ae_coverage")] == [("never_null", "n_open_qualified")] * rows
    planted.connection.execute(f"update {coverage} set n_open_total = null")
    assert ("never_null", "n_open_qualified") not in [row[:2] for row in broken(planted, "fct_ae_coverage")]
