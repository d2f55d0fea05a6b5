"""Real data sets through the whole daily job, by mapping files alone, against numbers that others have published.

What the mappings load row by row is tested beside the ingest; here only what a reader of the published marts sees.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import REAL_DATA, DailyRun, RunDaily
from tests.peer_libraries import check_curve, check_flow, peer_flow, published_flow

MAPPINGS = Path(__file__).parent / "mappings"

pytestmark = [pytest.mark.realdata]


def read(path: str) -> list[dict[str, str]]:
    with (REAL_DATA / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def loan_events() -> pd.DataFrame:
    """The applications' events of the raw log in the order of its lines: case, activity, timestamp."""
    raw = pd.read_csv(REAL_DATA / "bpi2012_loan_log/loan_stage_events_A_O.csv.gz", dtype=str)
    events = raw[raw["activity"].str.startswith("A_")]
    timestamps = pd.to_datetime(events["timestamp"], utc=True, format="ISO8601")
    return pd.DataFrame({"case": events["case_id"], "activity": events["activity"], "timestamp": timestamps})


def published(daily_run: RunDaily, name: str) -> DailyRun:
    run = daily_run(landing=REAL_DATA, mappings=MAPPINGS / name)
    assert run.success, run.error
    return run


class TestLoanLog:
    """bpi2012_loan_log: thousands of tied timestamps, where only the log's own order meets the reference counts."""

    @pytest.fixture(scope="class")
    def run(self, daily_run: RunDaily) -> DailyRun:
        return published(daily_run, "bpi2012_loan_log")

    def test_every_step_is_counted_as_in_the_reference(self, run: DailyRun) -> None:
        found = run.rows(
            "select from_stage, to_stage, count(*), avg(days_in_from_stage) * 24"
            " from stage_transitions.fct_stage_transitions where direction <> 'created' group by all"
        )
        expected = read("bpi2012_loan_log/reference_computed_here/A_transitions.csv")
        assert {(source, target): n for source, target, n, _ in found} == {
            (row["from"], row["to"]): int(row["n"]) for row in expected
        }
        hours = {(source, target): mean for source, target, _, mean in found}
        for row in expected:
            assert hours[row["from"], row["to"]] == pytest.approx(float(row["mean_hours"]), rel=1e-9, abs=1e-9)

    def test_outcomes_and_amounts_are_those_of_the_reference(self, run: DailyRun) -> None:
        found = run.rows(
            "select case when is_won then 'APPROVED' when is_open then 'OPEN' else stage[3:] end as outcome,"
            " count(*), cast(sum(amount) as bigint) from core.dim_opportunities group by 1"
        )
        expected = read("bpi2012_loan_log/reference_computed_here/outcomes.csv")
        assert {outcome: (n, amount) for outcome, n, amount in found} == {
            row["outcome"]: (int(row["n"]), int(row["amount"])) for row in expected
        }

    def test_every_case_starts_at_submission(self, run: DailyRun) -> None:
        assert run.rows(
            "select to_stage, count(*) from stage_transitions.fct_stage_transitions where from_stage is null group by 1"
        ) == [("A_SUBMITTED", 13087)]

    def test_flow_is_that_of_pm4py(self, run: DailyRun) -> None:
        """One convention is to be told to pm4py, which sorts by time alone: events of one instant stand in the log's own
        order. The other is the same in both: what happens at one instant takes no time and still counts as a step."""
        events = loan_events()
        assert events.duplicated(["case", "timestamp"]).sum() > 3000, "no ties"
        assert len(events) == sum(n for (n,) in run.rows("select count(*) from stage_transitions.fct_stage_visits"))
        check_flow(published_flow(run), peer_flow(events))

    @pytest.mark.parametrize("since", ["creation", "qualification"])
    def test_closed_won_curve_is_that_of_statsmodels(self, run: DailyRun, since: str) -> None:
        """Ages are whole days of 24 hours, in both; they are counted here from the raw log. An application ends when it is
        approved, registered or activated, or declined or cancelled, whichever is first; it qualifies when it is accepted."""
        as_of_at = datetime.combine(date.fromisoformat(run.manifest["as_of"]) + timedelta(days=1), time(), UTC)
        ends = {
            "A_APPROVED": "won",
            "A_REGISTERED": "won",
            "A_ACTIVATED": "won",
            "A_DECLINED": "lost",
            "A_CANCELLED": "lost",
        }
        begin = {"creation": "A_SUBMITTED", "qualification": "A_ACCEPTED"}[since]
        begun: dict[str, datetime] = {}
        ended: dict[str, tuple[datetime, str]] = {}
        for case, activity, timestamp in loan_events().itertuples(index=False):
            if activity == begin:
                begun[case] = timestamp
            elif activity in ends:
                ended.setdefault(case, (timestamp, ends[activity]))
        endings = [(begun_at, *ended.get(case, (as_of_at, "open"))) for case, begun_at in begun.items()]
        ages = [((ended_at - begun_at).days, outcome) for begun_at, ended_at, outcome in endings]
        assert check_curve(run, since, "company", "all", ages) > 60


class TestSellerAcquisition:
    """olist_marketing: leads with origin, and the deals that some of them became."""

    @pytest.fixture(scope="class")
    def run(self, daily_run: RunDaily) -> DailyRun:
        return published(daily_run, "olist_marketing")

    def test_leads_wins_rate_and_days_per_origin(self, run: DailyRun) -> None:
        found = run.rows(
            "select coalesce(claimed_source, 'NULL'), count(*), count(*) filter (is_won),"
            " round(100.0 * count(*) filter (is_won) / count(*), 2), round(avg(days_lead_to_won), 1)"
            " from core.dim_leads group by all"
        )
        expected = read("olist_marketing/peer_expected/alejandrodiazrive_marketing_performance.csv")
        assert {row[0]: row[1:] for row in found} == {
            row["origin"]: (
                int(row["total_leads"]),
                int(row["won_deals"]),
                float(row["conv_rate_pct"]),
                float(row["avg_days_to_close"]),
            )
            for row in expected
        }

    def test_one_in_ten_leads_is_won(self, run: DailyRun) -> None:
        assert run.rows("select count(*), count(*) filter (is_won) from core.dim_leads") == [(8000, 842)]
        assert run.rows("select count(*) from core.dim_opportunities where is_won") == [(842,)]

    @pytest.mark.parametrize(
        ("dimension", "stage"), [("lead_source", "lead"), ("first_touch_channel", "(first touch)"), ("company", "lead")]
    )
    def test_the_path_from_first_touch_to_won_has_the_same_rates(
        self, run: DailyRun, dimension: str, stage: str
    ) -> None:
        """One deal was closed before its lead was first contacted: it is in the path, but was never in its first stages."""
        contacts = {row["mql_id"]: row for row in read("olist_marketing/olist_marketing_qualified_leads_dataset.csv")}
        early = Counter(
            "all" if dimension == "company" else contacts[row["mql_id"]]["origin"] or "(none)"
            for row in read("olist_marketing/olist_closed_deals_dataset.csv")
            if row["won_date"] < contacts[row["mql_id"]]["first_contact_date"]
        )
        assert early.total() == 1
        found = run.rows(
            "select member, sum(n_entered)::bigint, sum(n_created_later)::bigint, sum(n_reached)::bigint"
            " from stage_transitions.agg_funnel_conversion where period_grain = 'month'"
            " and dimension = ? and from_stage = ? and to_stage = '(won)' group by 1",
            [dimension, stage],
        )
        expected = (
            {"all": (8000, 842)}
            if dimension == "company"
            else {
                row["origin"].replace("NULL", "(none)"): (int(row["total_leads"]), int(row["won_deals"]))
                for row in read("olist_marketing/peer_expected/alejandrodiazrive_marketing_performance.csv")
            }
        )
        assert {member: (n, later, won) for member, n, later, won in found} == {
            member: (leads - early[member], early[member], won - early[member])
            for member, (leads, won) in expected.items()
        }

    def test_credit_of_every_deal_adds_up(self, run: DailyRun) -> None:
        assert run.rows(
            "select cast(round(sum(first_touch_won), 6) as bigint) from attribution.fct_attribution_credits"
        ) == [(842,)]


class TestCrmExport:
    """maven_crm: no stage history, products and accounts misspelled, lost deals zeroed, five reps without a deal."""

    @pytest.fixture(scope="class")
    def run(self, daily_run: RunDaily) -> DailyRun:
        return published(daily_run, "maven_crm")

    def test_outcomes_win_rate_and_revenue(self, run: DailyRun) -> None:
        assert run.rows(
            "select count(*), count(*) filter (is_won), count(*) filter (is_lost), count(*) filter (is_open),"
            " cast(sum(amount) filter (is_won) as bigint) from core.dim_opportunities"
        ) == [(8800, 4238, 2473, 2089, 10005534)]
        won, closed, revenue = run.rows(
            "select sum(n_won)::bigint, sum(n_won + n_lost)::bigint, sum(won_amount)::bigint"
            " from coverage.fct_ae_coverage"
        )[0]
        assert round(100 * won / closed, 2) == 63.15
        assert revenue == 10005534

    def test_won_by_quarter(self, run: DailyRun) -> None:
        assert run.rows(
            "select fiscal_period_id, sum(n_won)::bigint, sum(won_amount)::bigint from coverage.fct_ae_coverage"
            " group by 1 having sum(n_won) > 0 order by 1"
        ) == [
            ("FY2017-Q1", 531, 1134672),
            ("FY2017-Q2", 1254, 3086111),
            ("FY2017-Q3", 1257, 2982255),
            ("FY2017-Q4", 1196, 2802496),
        ]

    def test_wins_and_losses_per_manager(self, run: DailyRun) -> None:
        found = run.rows(
            "select manager_id, sum(n_won + n_lost)::bigint, sum(n_lost)::bigint, sum(n_won)::bigint,"
            " round(100.0 * sum(n_won) / sum(n_won + n_lost), 2) from coverage.fct_ae_coverage group by 1"
        )
        expected = read("maven_crm/peer_expected/kisaraF_manager_overview.csv")
        assert {row[0]: row[1:] for row in found} == {
            row["manager"]: (int(row["Total_Deals"]), int(row["Lost"]), int(row["Wins"]), float(row["Success_Perc"]))
            for row in expected
        }

    def test_revenue_and_win_rate_of_the_best_agents(self, run: DailyRun) -> None:
        revenue = dict(run.rows("select ae_id, sum(won_amount)::bigint from coverage.fct_ae_coverage group by 1"))
        for row in read("maven_crm/peer_expected/kisaraF_top10_revenue.csv"):
            assert revenue[row["Sales_Agent"]] == float(row["Total_Revenue"])
        rates = dict(
            run.rows(
                "select ae_id, round(100.0 * sum(n_won) / nullif(sum(n_won + n_lost), 0), 2)"
                " from coverage.fct_ae_coverage group by 1"
            )
        )
        for row in read("maven_crm/peer_expected/kisaraF_top10_win_rate.csv"):
            assert rates[row["Sales_Agent"]] == float(row["Success_Perc"])

    def test_reps_without_a_deal_are_there_with_nothing(self, run: DailyRun) -> None:
        idle = ("Mei-Mei Johns", "Elizabeth Anderson", "Natalya Ivanova", "Carol Thompson", "Carl Lin")
        found = run.rows(
            "select ae_id, sum(n_won + n_lost + n_open_total)::bigint from coverage.fct_ae_coverage"
            " where ae_id in (select unnest(?)) and horizon = 0 group by 1",
            [list(idle)],
        )
        assert dict(found) == dict.fromkeys(idle, 0)

    def test_mean_cycle_of_won_deals(self, run: DailyRun) -> None:
        assert run.rows("select round(avg(won_cycle_days), 2) from core.dim_opportunities") == [(51.78,)]
