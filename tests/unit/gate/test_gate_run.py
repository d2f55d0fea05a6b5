"""The gate on a real warehouse: what passes, what fails, with what severity, and what is shown of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from gate_company import Company, outcome_of

from dagster_project.lib.gate import GateError
from dagster_project.lib.settings import PROJECT_ROOT

DUPLICATE = "insert into core.dim_opportunities values ('o1', 'Won', null, '2026-01-01', '2025-01-01')"
NEGATIVE = "insert into core.dim_opportunities values ('o9', 'Open', -3, '2026-01-01', null)"


def test_sound_table_passes(company: Company) -> None:
    result = company.run()
    assert result.passed
    assert [outcome.name for outcome in result.results if not outcome.passed] == []
    unique = outcome_of(result, "opportunity_id_unique")
    assert (unique.unexpected_count, unique.element_count) == (0, 3)
    assert unique.sample_rows == []


def test_outcomes_are_the_declared_checks_in_order(company: Company) -> None:
    company.rules("has_amount,default,Proposal,entry,amount,not_empty,,warn,0.1,Sales,,,Why.")
    declared = [(check.table, check.name, check.description) for check in company.declared()]
    assert declared == [(outcome.table, outcome.name, outcome.description) for outcome in company.run().results]


def test_failure_shows_its_rows_and_blocks(company: Company) -> None:
    company.sql(DUPLICATE)
    result = company.run()
    unique = outcome_of(result, "opportunity_id_unique")
    assert not result.passed
    assert unique.blocks
    assert (unique.unexpected_count, unique.element_count) == (2, 4)
    assert unique.sample_rows == [{"opportunity_id": "o1", "stage": "Open"}, {"opportunity_id": "o1", "stage": "Won"}]


def test_query_that_finds_rows_fails_and_shows_them(company: Company) -> None:
    company.sql(DUPLICATE)
    closes = outcome_of(company.run(), "closes_after_creation")
    assert not closes.passed
    assert closes.unexpected_count == 1
    assert closes.sample_rows == [{"opportunity_id": "o1", "closed_on": "2025-01-01"}]


def test_where_limits_the_rows_that_are_asked_about(company: Company) -> None:
    company.sql(DUPLICATE)
    won = outcome_of(company.run(), "won_has_amount")
    assert (won.unexpected_count, won.element_count) == (1, 2)
    assert won.sample_rows == [{"opportunity_id": "o1", "stage": "Won", "amount": None}]


def test_warning_publishes(company: Company) -> None:
    company.sql(NEGATIVE)
    result = company.run()
    negative = outcome_of(result, "amount_not_negative")
    assert not negative.passed
    assert negative.severity == "warn"
    assert negative.sample_rows == [{"opportunity_id": "o9", "stage": "Open", "amount": "-3.00"}]
    assert result.passed
    assert list(result.failed("warn")) == [negative]


def test_counts_are_whole_and_samples_are_few(company: Company) -> None:
    company.sql("insert into core.dim_opportunities select 'n' || i, 'Open', -i, null, null from range(1, 501) n (i)")
    negative = outcome_of(company.run(), "amount_not_negative")
    assert negative.unexpected_count == 500
    assert len(negative.sample_rows) == 10


def test_table_measure_is_observed(company: Company) -> None:
    company.suite(
        """
table: core.dim_opportunities
description: One row per opportunity.
expectations:
  - id: has_rows
    expectation: expect_table_row_count_to_be_between
    kwargs: {min_value: 5}
    description: There are opportunities.
"""
    )
    rows = outcome_of(company.run(), "has_rows")
    assert not rows.passed
    assert (rows.observed, rows.unexpected_count) == (3, None)


def test_column_whose_name_is_a_keyword_can_be_asked_about(company: Company) -> None:
    company.sql('create table core.words ("at" integer, "end" integer)', "insert into core.words values (1, null)")
    company.suite(
        """
table: core.words
description: Names that the parser reserves.
expectations:
  - {id: at_unique, expectation: expect_column_values_to_be_unique, kwargs: {column: at}, description: Unique.}
  - {id: end_known, expectation: expect_column_values_to_not_be_null, kwargs: {column: end}, description: Known.}
""",
        "core.words",
    )
    result = company.run()
    assert outcome_of(result, "at_unique").passed
    assert outcome_of(result, "end_known").unexpected_count == 1


def test_data_docs_hold_a_page_per_suite_and_need_no_network(company: Company) -> None:
    company.sql(DUPLICATE)
    result = company.run()
    docs = company.settings.data_docs_path
    assert result.data_docs_index == docs / "index.html"
    overview = result.data_docs_index.read_text(encoding="utf-8")
    assert "core.dim_opportunities" in overview
    assert "The key is unique." in overview
    for outcome in result.results:
        if outcome.docs_path:
            page = docs / outcome.docs_path
            assert page.is_file()
            assert (page.parent / ("../" * 5) / "../index.html").resolve() == result.data_docs_index.resolve()
    pages = list(docs.rglob("*.html"))
    assert not [page for page in pages if "://" in page.read_text(encoding="utf-8")]


def test_second_run_replaces_the_data_docs(company: Company) -> None:
    company.run()
    kept = company.settings.data_docs_path / "old.txt"
    kept.write_text("old", encoding="utf-8")
    result = company.run()
    assert not kept.exists()
    assert len(list(company.settings.data_docs_path.rglob("core-core.dim_opportunities.html"))) == 1
    assert result.data_docs_index.is_file()


def test_warehouse_is_left_free_for_writing(company: Company) -> None:
    company.run()
    with duckdb.connect(str(company.settings.warehouse_path)) as connection:
        connection.execute("create table core.later as select 1 as one")


def test_progress_names_every_page(company: Company) -> None:
    told: list[str] = []
    company.run(told.append)
    assert told == ["core.dim_opportunities", "core.sources", "governance.tolerances", "Data Docs"]


def test_missing_table_says_what_to_do(company: Company) -> None:
    company.sql("drop table core.dim_opportunities")
    with pytest.raises(GateError, match=r"dim_opportunities\.yml: table core\.dim_opportunities is not in the build"):
        company.run()


def test_missing_warehouse_says_what_to_do(company: Company) -> None:
    company.settings.warehouse_path.unlink()
    with pytest.raises(GateError, match="no build warehouse there"):
        company.run()


def test_query_that_cannot_run_is_an_error_and_no_finding(company: Company) -> None:
    suite = company.suites / "core.dim_opportunities.yml"
    suite.write_text(suite.read_text(encoding="utf-8").replace("closed_on < created_on", "closed_at < created_on"))
    with pytest.raises(GateError, match=r"'closes_after_creation' on \S+ could not be evaluated.*closed_at"):
        company.run()


def test_declaring_checks_does_not_import_great_expectations(company: Company, tmp_path: Path) -> None:
    asked = (
        "import sys; from pathlib import Path; from dagster_project.lib.gate import declared_checks;"
        "from dagster_project.lib.settings import Settings;"
        f"settings = Settings(home=Path({str(tmp_path)!r}), landing=Path('.'), mappings=None,"
        f" seeds=Path({str(company.settings.seeds)!r}));"
        f"assert declared_checks(settings, Path({str(company.suites)!r}));"
        "assert not {'great_expectations', 'sqlalchemy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", asked], check=True, cwd=PROJECT_ROOT)
