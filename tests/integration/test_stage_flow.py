"""Conversion, time in stage, leakage, stalled deals and the closed-won curve of a company against loops over its visits.

The visits are those that were published; what the SQL does with windows and joins is done here one opportunity at a time.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import fmean, quantiles

import pytest

from tests.conftest import SEEDS, DailyRun

DAY = 86_400.0


@dataclass(frozen=True)
class Visit:
    stage: str
    entered_at: datetime
    exited_at: datetime | None
    amount: Decimal | None
    team: str


class Company:
    """The visits of each opportunity in their order, and the ladder that they climb."""

    def __init__(self, run: DailyRun) -> None:
        with (SEEDS / "stage_policy.csv").open(encoding="utf-8", newline="") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: int(row["stage_order"]))
        self.run = run
        self.ladder = [row["stage"] for row in rows if row["is_open"] == "true"]
        self.won = {row["stage"] for row in rows if row["is_won"] == "true"}
        self.qualified = {row["stage"] for row in rows if row["is_qualified"] == "true"} | self.won
        self.as_of_at = run.warehouse_rows("select as_of_at from intermediate.int_run_settings")[0][0]
        self.visits: dict[str, list[Visit]] = defaultdict(list)
        for opportunity, *values in run.rows(
            "select opportunity_id, stage, entered_at, exited_at, amount_at_entry, coalesce(owner_team_at_entry, '(none)')"
            " from stage_transitions.fct_stage_visits order by opportunity_id, visit_number"
        ):
            self.visits[opportunity].append(Visit(*values))

    def height(self, visit: Visit) -> int | None:
        """How far up the ladder a visit is: 0 for its first stage, above all for a win, None for a loss."""
        if visit.stage in self.won:
            return len(self.ladder)
        return self.ladder.index(visit.stage) if visit.stage in self.ladder else None

    def fate(self, opportunity: str) -> str:
        return self.outcome(self.visits[opportunity][-1])

    def outcome(self, visit: Visit) -> str:
        height = self.height(visit)
        return "lost" if height is None else "won" if height == len(self.ladder) else "open"

    def climb(self, opportunity: str) -> Iterator[tuple[int, Visit, str]]:
        """Each stage that was first gained, with the visit that gained it, and how: entered, skipped or created later."""
        highest = None
        for visit in self.visits[opportunity]:
            height = self.height(visit)
            if height is None:
                continue
            for stage in range(0 if highest is None else highest + 1, min(height + 1, len(self.ladder))):
                yield stage, visit, "entered" if stage == height else "created_later" if highest is None else "skipped"
            highest = height if highest is None else max(highest, height)

    def closed_at(self, opportunity: str) -> datetime:
        """When the outcome that holds began; the end of as_of for what is open."""
        visits = [visit for visit in self.visits[opportunity] if visit.entered_at != visit.exited_at]
        fate, closed_at = self.fate(opportunity), self.as_of_at
        while fate != "open" and visits and fate == self.outcome(visits[-1]):
            closed_at = visits.pop().entered_at
        return closed_at

    def days(self, opportunity: str, stage: str) -> float:
        """Days in a stage, all visits together, to the end of as_of."""
        return sum(
            ((visit.exited_at or self.as_of_at) - visit.entered_at).total_seconds() / DAY
            for visit in self.visits[opportunity]
            if visit.stage == stage
        )


@pytest.fixture(scope="module")
def company(company_run: DailyRun) -> Company:
    made = Company(company_run)
    assert len(made.visits) > 100 and len(made.ladder) > 4
    return made


def quarter(moment: datetime) -> str:
    return f"FY{moment.year}-Q{(moment.month + 2) // 3}"


def test_conversion_is_that_of_a_loop_over_visits(company: Company) -> None:
    counts: Counter[tuple[str, ...]] = Counter()
    amounts: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for opportunity in company.visits:
        gained = {stage: (visit, how) for stage, visit, how in company.climb(opportunity)}
        fate = company.fate(opportunity)
        for stage, (visit, how) in gained.items():
            goals = {"(won)": any(company.height(v) == len(company.ladder) for v in company.visits[opportunity])}
            if stage + 1 < len(company.ladder):
                goals[company.ladder[stage + 1]] = stage + 1 in gained
            for goal, is_reached in goals.items():
                outcome = "reached" if is_reached else fate
                for dimension, member in (("company", "all"), ("team", visit.team)):
                    cell = (quarter(visit.entered_at), dimension, member, company.ladder[stage], goal)
                    outcomes = [how] if how == "created_later" else ["all", outcome, how]
                    for name in outcomes:
                        counts[(*cell, name)] += 1
                        amounts[(*cell, name)] += visit.amount or Decimal(0)
    names = ["all", "skipped", "reached", "lost", "open", "created_later"]
    found = company.run.rows(
        "select period_id, dimension, member, from_stage, to_stage, n_entered, n_skipped, n_reached, n_lost_before, n_still_open,"
        " n_created_later, entered_amount, reached_amount, lost_before_amount, still_open_amount"
        " from stage_transitions.agg_stage_conversion where period_grain = 'quarter' and dimension in ('company', 'team')"
    )
    assert sum(row[6] for row in found) > 0, "nothing was skipped"
    expected = {
        (*cell, *(counts[(*cell, name)] for name in names), *(amounts[(*cell, n)] for n in ["all", *names[2:5]]))
        for cell in {key[:-1] for key in counts}
    }
    assert set(found) == expected and len(found) == len(expected)


def test_time_in_stage_is_that_of_a_loop_over_visits(company: Company) -> None:
    times: dict[str, list[float]] = defaultdict(list)
    censored: Counter[str] = Counter()
    for opportunity, visits in company.visits.items():
        for stage in {visit.stage for visit in visits} & set(company.ladder):
            if visits[-1].stage == stage:
                censored[stage] += 1
            else:
                times[stage].append(company.days(opportunity, stage))
    found = company.run.rows(
        "select stage, n_complete, n_censored, mean_days_in_stage, median_days_in_stage, p75_days_in_stage, p90_days_in_stage"
        " from stage_transitions.agg_stage_velocity"
        " where dimension = 'company' and closed_within = 'all_time' and stage <> '(all)'"
    )
    assert {row[0] for row in found} == set(company.ladder)
    for stage, n_complete, n_censored, *statistics in found:
        assert (n_complete, n_censored) == (len(times[stage]), censored[stage])
        cuts = quantiles(times[stage], n=20, method="inclusive")
        assert statistics == pytest.approx([fmean(times[stage]), cuts[9], cuts[14], cuts[17]], rel=1e-9)


def test_sales_velocity_is_the_product_of_its_parts(company: Company) -> None:
    rows = company.run.rows(
        "select n_open, n_won, n_lost, won_amount, n_won_with_amount, mean_days_to_won, sales_velocity_per_day"
        " from stage_transitions.agg_stage_velocity where n_cycles > 0 and n_won_with_amount > 0 and mean_days_to_won > 0"
    )
    assert len(rows) > 50
    for n_open, n_won, n_lost, won_amount, n_with_amount, days, velocity in rows:
        expected = n_open * n_won / (n_won + n_lost) * float(won_amount) / n_with_amount / days
        assert float(velocity) == pytest.approx(expected, abs=0.0051)
    won = [o for o in company.visits if company.fate(o) == "won"]
    found = company.run.rows(
        "select distinct n_won, n_cycles_from_creation, mean_days_from_creation from stage_transitions.agg_stage_velocity"
        " where dimension = 'company' and closed_within = 'all_time' and stage = '(all)'"
    )
    cycles = [(company.visits[o][-1].entered_at - company.visits[o][0].entered_at).total_seconds() / DAY for o in won]
    assert found == [(len(won), len(won), pytest.approx(fmean(cycles), rel=1e-9))]


def test_every_loss_leaks_from_the_last_open_stage(company: Company) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for opportunity, visits in company.visits.items():
        if company.fate(opportunity) == "lost":
            number = max((n for n, visit in enumerate(visits) if visit.stage in company.ladder), default=None)
            closing = visits[0 if number is None else number + 1].entered_at
            expected[quarter(closing), "(none)" if number is None else visits[number].stage] += 1
    found = company.run.rows(
        "select fiscal_period_id, stage, sum(n_lost) from stage_transitions.agg_stage_leakage where dimension = 'company' group by all"
    )
    assert {(period, stage): n for period, stage, n in found} == expected


def test_stalled_deals_are_past_the_p90_of_won_ones(company: Company) -> None:
    last_day = company.as_of_at - timedelta(days=1)
    quarter_start = last_day.replace(day=1, month=(last_day.month - 1) // 3 * 3 + 1)
    expected = set()
    for stage in company.ladder:
        won_days = [
            company.days(opportunity, stage)
            for opportunity, visits in company.visits.items()
            if company.fate(opportunity) == "won"
            and visits[-1].entered_at < quarter_start
            and any(visit.stage == stage for visit in visits)
        ]
        if not won_days:
            continue
        limit = quantiles(won_days, n=10, method="inclusive")[8] if len(won_days) > 1 else won_days[0]
        expected |= {
            (opportunity, stage)
            for opportunity, visits in company.visits.items()
            if visits[-1].stage == stage and company.days(opportunity, stage) > limit
        }
    found = company.run.rows("select opportunity_id, stage from stage_transitions.fct_stalled_opportunities")
    assert expected and set(found) == expected and len(found) == len(expected)


def ages(company: Company, since: str) -> list[tuple[int, str]]:
    """Whole days from the start to the outcome that holds, or to the end of as_of, and that outcome."""
    found = []
    for opportunity, visits in company.visits.items():
        closed_at = company.closed_at(opportunity)
        starts = [v.entered_at for v in visits if since == "creation" or v.stage in company.qualified]
        if starts and starts[0] <= closed_at:
            found.append(((closed_at - starts[0]).days, company.fate(opportunity)))
    return found


@pytest.mark.parametrize("since", ["creation", "qualification"])
def test_closed_won_curve_is_that_of_a_loop_over_ages(company: Company, since: str) -> None:
    observed = ages(company, since)
    won, lost, is_open = Fraction(0), Fraction(0), Fraction(1)
    steps: list[tuple[Fraction, int, int, int, Fraction]] = []
    expected = []
    for age in sorted({age for age, outcome in observed if outcome != "open"}):
        at_risk = sum(other >= age for other, _ in observed)
        n_won, n_lost = observed.count((age, "won")), observed.count((age, "lost"))
        before, is_open = is_open, is_open * Fraction(at_risk - n_won - n_lost, at_risk)
        won, lost = won + before * Fraction(n_won, at_risk), lost + before * Fraction(n_lost, at_risk)
        steps.append((won, at_risk, n_won, n_won + n_lost, before))
        expected.append(
            (age, at_risk, *(pytest.approx(float(x), abs=1e-9) for x in (won, lost, is_open, error(steps))))
        )
    found = company.run.rows(
        "select age_days, n_at_risk, won_share, lost_share, open_share, standard_error"
        " from stage_transitions.agg_closed_won_curve where dimension = 'company' and since = ? order by age_days",
        [since],
    )
    assert len(expected) > 20 and won > 0
    assert found == expected


def error(steps: list[tuple[Fraction, int, int, int, Fraction]]) -> float:
    """Dinse and Larson's standard error at the last step, term by term as they wrote it (Biometrika 73, 1986)."""
    variance = Fraction(0)
    for won, n, n_won, n_ended, open_before in steps:
        rest = steps[-1][0] - won
        if rest:
            variance += rest**2 * Fraction(n_ended, n * (n - n_ended))
            variance -= 2 * rest * open_before * Fraction(n_won, n**2)
        variance += open_before**2 * Fraction(n_won * (n - n_won), n**3)
    return float(variance) ** 0.5
