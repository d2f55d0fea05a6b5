"""Exports that people click, through every model: the same three deals come out of each tool's file."""

from __future__ import annotations

from datetime import date

import pytest

from tests.conftest import BuildSmallCompany
from tests.integration.exports import FILES, MAPPINGS
from tests.small_companies import SmallCompany

RATE = {"excel": 1.13}
"""What one unit of a company's currency is in the reporting currency, where that isn't 1 (seeds/fx_rates.csv)."""
NAMES = sorted(MAPPINGS)


@pytest.fixture(scope="module")
def company(small_company: BuildSmallCompany) -> SmallCompany:
    return small_company(FILES, mappings=MAPPINGS, as_of=date(2026, 3, 31))


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_counted_and_none_is_lost(company: SmallCompany, name: str) -> None:
    footers = 5 if name == "salesforce_report" else 0
    assert company.rows(
        f"""
        select object_name, status, rows_in, rows_loaded, rows_quarantined, rows_footer, extracted_at::date::varchar
        from ops.fct_files
        where source_name = 'my_{name}' and object_name = 'opportunities'
        """
    ) == [("opportunities", "loaded", 3, 3, 0, footers, "2026-03-31")]
    assert company.value("select count(*) from ops.fct_quarantine") == 0
    assert company.value("select count(*) from ops.fct_files where status <> 'loaded'") == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_deals_are_those_of_the_file(company: SmallCompany, name: str) -> None:
    rows = company.rows(
        f"""
        select amount_original, round(amount, 2), close_date::varchar, account_id is not null, owner_id is not null, currency
        from core.dim_opportunities
        where source_name = 'my_{name}'
        order by amount_original
        """
    )
    currency = "EUR" if name == "excel" else "USD"
    expected = {900.0: "2026-02-27", 1234.5: "2026-03-31", 2000.0: "2026-06-30"}
    assert [(float(row[0]), float(row[1])) for row in rows] == [
        (amount, pytest.approx(amount * RATE.get(name, 1), abs=0.01)) for amount in expected
    ]
    assert [row[3:] for row in rows] == [(True, True, currency)] * 3
    if name not in ("pipedrive", "dynamics"):  # There the expected date of closing stays beside the actual one.
        assert [row[2] for row in rows] == list(expected.values())


@pytest.mark.parametrize("name", NAMES)
def test_raw_rows_say_what_closed_when_and_how(company: SmallCompany, name: str) -> None:
    """What the models date closings by: the tool's own flags and instants, where its export has them."""
    rows = company.rows(
        f"""
        select is_closed, is_won, closed_at::date::varchar, created_at::date::varchar
        from raw.generic__opportunities
        where _source = 'my_{name}'
        order by created_at
        """
    )
    assert [row[3] for row in rows] == ["2026-01-05", "2026-01-06", "2026-01-07"]
    flags = [row[:2] for row in rows]
    if name == "salesforce_report":  # Its stages are the vendor's own words.
        assert flags == [(None, None)] * 3
    elif name == "zoho":
        assert flags == [(True, True), (True, False), (None, None)]
    else:
        assert flags == [(True, True), (True, False), (False, False)]
    if name in ("hubspot_export", "pipedrive", "dynamics"):
        assert [row[2] for row in rows[:2]] == ["2026-03-31", "2026-02-27"]


@pytest.mark.parametrize("name", ["salesforce_report", "hubspot_export", "pipedrive", "zoho", "dynamics"])
def test_accounts_and_owners_come_with_the_deals(company: SmallCompany, name: str) -> None:
    deals = f"core.dim_opportunities where source_name = 'my_{name}'"
    assert company.rows(
        f"""
        select distinct accounts.account_name, users.user_name
        from (select * from {deals}) as deals
        inner join core.dim_accounts as accounts on deals.account_id = accounts.account_id
        inner join core.dim_users as users on deals.owner_id = users.user_id
        order by 1
        """
    ) == [("Acme", "Ann Ames"), ("Borealis", "Bob Ball")]


def test_no_check_would_stop_the_publish(company: SmallCompany) -> None:
    assert company.broken_checks() == {}
