"""Companies that load records alone: nothing tells what a deal was before it closed, so wins and losses count alike."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.conftest import BuildSmallCompany
from tests.small_companies import SmallCompany

RECORDS = """\
Id,Name,StageName,Amount,CloseDate,OwnerId,IsClosed,IsWon,CreatedDate,SystemModstamp
d1,First,Closed Won,400,2026-02-20,o1,true,true,2025-12-20T10:00:00Z,2026-02-20T15:00:00Z
d2,Second,Closed Won,200,2026-03-02,o1,true,true,2025-12-20T10:00:00Z,2026-03-20T15:00:00Z
d3,Third,Closed Lost,300,2026-03-03,o1,true,false,2025-12-21T10:00:00Z,2026-03-03T15:00:00Z
d4,Fourth,Closed Lost,100,2026-03-04,o2,true,false,2026-01-22T10:00:00Z,2026-03-04T15:00:00Z
d5,Fifth,Closed Lost,1000,2026-03-05,o2,true,false,2026-01-22T10:00:00Z,2026-03-05T15:00:00Z
"""


@pytest.fixture(scope="module")
def records_only(small_company: BuildSmallCompany) -> SmallCompany:
    return small_company({"salesforce/Opportunity/2026-03-31.csv": RECORDS})


def figures(company: SmallCompany, period: str = "all_time") -> dict[str, float]:
    found = company.rows(f"select figure, value from ops.agg_headline_figures where dimension = '{period}'")
    return dict(found)


def test_wins_and_losses_stand_in_the_same_denominators(records_only: SmallCompany) -> None:
    found = figures(records_only)
    assert found["win_rate_closed"] == pytest.approx(0.4)
    assert found["win_rate_all_in"] == pytest.approx(0.4)
    assert found["win_rate_closed_by_amount"] == pytest.approx(0.3)


def test_they_close_on_their_close_dates(records_only: SmallCompany) -> None:
    closed = records_only.rows(
        "select opportunity_id, cast(closed_at as date) from core.dim_opportunities order by opportunity_id"
    )
    assert [f"{deal} {day}" for deal, day in closed] == [
        "d1 2026-02-20", "d2 2026-03-02", "d3 2026-03-03", "d4 2026-03-04", "d5 2026-03-05",
    ]  # fmt: skip


def test_all_of_them_were_created_as_pipeline(records_only: SmallCompany) -> None:
    created = records_only.value(
        "select sum(amount) from stage_transitions.fct_pipeline_movements where movement = 'created' and basis = 'total'"
    )
    assert created == Decimal(2000)


def test_nothing_that_would_stop_a_publish_is_broken(records_only: SmallCompany) -> None:
    assert records_only.broken_checks() == {}
