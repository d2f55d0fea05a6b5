"""The daily job over a clean sample company against the totals that the simulator computed itself, to the cent.

A difference means that one of the two is wrong about a definition; which one, METRICS decides. Nothing is planted and no
row is unusable, so there is nothing to explain a difference with. Ramp profiles are RevOps' rule, not the company's
truth, so they are emptied here.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.simulate import Options, Rates, simulate
from tests.conftest import SEEDS, DailyRun, RunDaily

OPTIONS = Options(opportunities=400, quarters=6, withheld_days=40, rates=Rates.none(), dirt=0.0)
# Instants of the warehouse are kept for ever; these are the living opportunities at the end of each quarter.
OPEN_AT = """
    select
        periods.starts_on as quarter_start,
        count(*) as n,
        coalesce(sum(states.amount), 0) as amount,
        count(*) filter (where visits.is_qualified) as n_qualified,
        coalesce(sum(states.amount) filter (where visits.is_qualified), 0) as amount_qualified
    from intermediate.int_coverage_periods as periods
    inner join intermediate.int_stage_visits as visits
        on visits.entered_at < periods.measured_at
        and (visits.exited_at is null or visits.exited_at >= periods.measured_at)
        and visits.is_open and visits.is_pipeline
    inner join intermediate.int_opportunity_states as states
        on visits.opportunity_id = states.opportunity_id
        and states.valid_from < periods.measured_at
        and states.valid_to >= periods.measured_at
    inner join intermediate.int_opportunities as opportunities
        on visits.opportunity_id = opportunities.opportunity_id
        and (opportunities.deleted_at is null or opportunities.deleted_at >= periods.as_of_at)
    where periods.horizon <= 0 and periods.is_in_history
    group by periods.starts_on
    order by periods.starts_on
"""


class Company:
    """A clean company's daily run beside its truth."""

    def __init__(self, run: DailyRun, truth: Path) -> None:
        self.run = run
        self.truth = truth

    def expected(self, query: str) -> list[tuple[object, ...]]:
        """Rows of a query over the truth's files, by their names."""
        with duckdb.connect() as connection:
            for path in self.truth.glob("*.csv"):
                header = path.read_text().splitlines()[0].replace('"', "").split(",")
                money = {name: "decimal(18, 2)" for name in header if name.endswith("_amount")}
                connection.execute(f"create view {path.stem} as select * from read_csv('{path}', types = {money})")
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def company(daily_run: RunDaily, tmp_path_factory: pytest.TempPathFactory) -> Company:
    home = tmp_path_factory.mktemp("clean")
    seeds = shutil.copytree(SEEDS, home / "seeds")
    (seeds / "ramp_profiles.csv").write_text((SEEDS / "ramp_profiles.csv").read_text().splitlines()[0] + "\n")
    simulate(OPTIONS, home / "landing")
    as_of = OPTIONS.quarter_starts[-1] - timedelta(days=OPTIONS.withheld_days + 1)
    run = daily_run(home / "landing", seeds=seeds, as_of=as_of)
    assert run.success, run.summary
    return Company(run, home / "truth")


def test_created_qualified_won_and_lost_by_quarter(company: Company) -> None:
    found = company.run.rows(
        "select period_starts_on, sum(n_created_total), sum(created_pipeline_total),"
        " sum(n_created_qualified), sum(created_pipeline_qualified),"
        " sum(n_won), sum(won_amount), sum(n_lost)"
        " from coverage.fct_ae_coverage where horizon <= 0 group by all order by all"
    )
    expected = company.expected(
        "select quarter_start, created_total_count, created_total_amount, created_qualified_count,"
        " created_qualified_amount, won_count, won_amount, lost_count from quarters"
        " where created_total_count + won_count + lost_count > 0 order by all"
    )
    assert len(expected) == OPTIONS.quarters
    assert [row for row in found if any(row[1:])] == expected


def test_open_pipeline_at_the_end_of_each_quarter(company: Company) -> None:
    expected = company.expected(
        "select quarter_start, open_total_count, open_total_amount, open_qualified_count, open_qualified_amount"
        " from quarters where open_total_count > 0 order by all"
    )
    assert len(expected) == OPTIONS.quarters
    assert company.run.warehouse_rows(OPEN_AT) == expected


def test_waterfall_closes_each_quarter_at_what_was_open(company: Company) -> None:
    expected = company.expected(
        "select quarter_start, open_total_count, open_total_amount, open_qualified_count, open_qualified_amount"
        " from quarters where open_total_count > 0 order by all"
    )
    found = company.run.rows(
        "select period_starts_on, max(n_closing) filter (basis = 'total'),"
        " max(closing_amount) filter (basis = 'total'), max(n_closing) filter (basis = 'qualified'),"
        " max(closing_amount) filter (basis = 'qualified')"
        " from stage_transitions.fct_pipeline_waterfall"
        " where period_grain = 'quarter' and dimension = 'company' and close_window = 'all' group by all order by all"
    )
    assert found == expected


def test_headline_figures(company: Company) -> None:
    names = ["open_pipeline_total", "open_pipeline_qualified", "won_opportunities", "won_amount"]
    found = company.run.rows(f"select figure, value from ops.agg_headline_figures where figure in {tuple(names)}")
    current = company.expected(
        "select open_total_amount, open_qualified_amount, won_count, won_amount from quarters"
        " where open_total_count > 0 order by quarter_start desc limit 1"
    )[0]
    assert dict(found) == {name: float(str(value)) for name, value in zip(names, current, strict=True)}


def test_coverage_by_ae_and_quarter(company: Company) -> None:
    found = company.run.rows(
        "select ae_id, period_starts_on, quota_amount, open_pipeline_total, open_pipeline_qualified,"
        " overdue_amount_total, created_pipeline_total, created_pipeline_qualified, won_amount, n_won, n_lost,"
        " round(coverage_qualified, 6), round(created_coverage, 6)"
        " from coverage.fct_ae_coverage where period_starts_on >= (select min(period_starts_on)"
        " from coverage.fct_ae_coverage where n_created_total > 0) order by all"
    )
    expected = company.expected(
        "select owner_id, quarter_start, quota_amount, due_total_amount, due_qualified_amount,"
        " overdue_total_amount, created_total_amount, created_qualified_amount, won_amount, won_count, lost_count,"
        " round(due_qualified_amount::double / nullif(quota_amount, 0), 6),"
        " round(created_qualified_amount::double / nullif(quota_amount, 0), 6)"
        " from owner_quarters order by all"
    )
    assert len(expected) > 12 * OPTIONS.quarters
    # The mart has a row for every AE of a quarter, the truth for everybody with open pipeline, also if nothing is due.
    assert [row for row in found if any(row[2:])] == [row for row in expected if any(row[2:])]


def test_transitions_by_quarter(company: Company) -> None:
    found = company.run.rows(
        "select date_trunc('quarter', transitioned_at)::date, coalesce(from_stage, ''), to_stage, count(*),"
        " coalesce(sum(amount_at_transition), 0)"
        " from stage_transitions.fct_stage_transitions group by all order by all"
    )
    expected = company.expected(
        "select quarter_start, coalesce(from_stage, ''), to_stage, transition_count, transition_amount"
        " from transitions order by all"
    )
    assert len(expected) > 20 * OPTIONS.quarters
    assert found == expected


def test_touches_by_campaign(company: Company) -> None:
    found = company.run.warehouse_rows(
        "select campaign_id, count(*), count(*) filter (where is_hand_raise or (is_partner and is_material)) from intermediate.int_touches"
        " where source_name = 'salesforce' and replaced_at is null group by all order by all"
    )
    expected = company.expected("select campaign_id, members, hand_raises from touches where members > 0 order by all")
    assert len(expected) > 50
    assert found == expected
