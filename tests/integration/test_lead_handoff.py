"""Lead stages, answers and the path to won of a company, against loops over what the CRM recorded.

The sample's leads come from Salesforce and its reporting timezone is UTC; other sources and zones are in dbt's unit tests.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

import pytest

from tests.conftest import SEEDS, DailyRun

HOUR = timedelta(hours=1)


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def business_hours(start: datetime, end: datetime, hours: dict[int, tuple[float, float]]) -> float:
    """Hours of business between two instants, day by day."""
    total, day = 0.0, start.date()
    while day <= end.date():
        if day.isoweekday() in hours:
            opens, closes = (datetime.combine(day, time()) + hour * HOUR for hour in hours[day.isoweekday()])
            total += max((min(end, closes) - max(start, opens)) / HOUR, 0)
        day += timedelta(days=1)
    return total


class Company:
    def __init__(self, run: DailyRun) -> None:
        self.run = run
        self.policy = {row["raw_value"].lower(): row for row in seed("lead_stage_policy") if row["field"] == "status"}
        orders = {row["lead_stage"]: int(row["stage_order"]) for row in self.policy.values() if row["stage_order"]}
        self.ladder = sorted(orders, key=orders.__getitem__)
        self.as_of_at = run.warehouse_rows("select as_of_at from intermediate.int_run_settings")[0][0]

    @cached_property
    def visits(self) -> dict[str, list[tuple[str, datetime]]]:
        """Stages of each lead in their order, a stage that goes on once."""
        found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        for lead, status, at in self.run.warehouse_rows(
            "select lead_id, new_value, changed_at from intermediate.int_lead_changes"
            " where field = 'status' order by lead_id, change_number"
        ):
            stage = self.policy[status.lower()]["lead_stage"]
            if at < self.as_of_at and (not found[lead] or found[lead][-1][0] != stage):
                found[lead].append((stage, at))
        return found


@pytest.fixture(scope="module")
def company(company_run: DailyRun) -> Company:
    return Company(company_run)


def test_lead_visits_are_the_recorded_statuses(company: Company) -> None:
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for lead, stage, at in company.run.rows(
        "select lead_id, lead_stage, entered_at from stage_transitions.fct_lead_stage_visits order by lead_id, visit_number"
    ):
        found[lead].append((stage, at))
    merged = {
        lead
        for (lead,) in company.run.warehouse_rows(
            "select lead_id from intermediate.int_lead_lives where deleted_at is not null"
        )
    }
    assert found == {lead: visits for lead, visits in company.visits.items() if lead not in merged}
    assert len({stage for visits in found.values() for stage, _ in visits}) >= 4


def test_answers_are_the_first_outbound_activities(company: Company) -> None:
    hours = {
        int(row["weekday"]): (float(row["opens_hour"]), float(row["closes_hour"])) for row in seed("business_hours")
    }
    people = dict(company.run.warehouse_rows("select lead_id, person_id from intermediate.int_lead_lives"))
    activities: dict[str, list[datetime]] = defaultdict(list)
    for person, at in company.run.warehouse_rows(
        "select person_id, occurred_at from intermediate.int_activities where is_outbound"
        " and (activity_type <> 'meeting' or is_held) and person_id is not null order by occurred_at"
    ):
        activities[person].append(at)
    handoffs: list[tuple[Any, ...]] = company.run.rows(
        "select lead_id, handed_at, lead(handed_at) over (partition by lead_id order by handed_at), rejected_at,"
        " responded_at, response_business_hours, is_within_sla, sla_hours, response_status"
        " from stage_transitions.fct_lead_response"
    )
    for lead, handed, following, rejected, responded, measured, is_within, sla, status in handoffs:
        until = min(at for at in (following, rejected, company.as_of_at) if at is not None)
        answers = [at for at in activities[people[lead]] if handed <= at < until]
        assert responded == (answers[0] if answers else None)
        passed = business_hours(handed, responded or until, hours)
        if responded is None:
            assert (is_within, status == "overdue") == ((False, True) if passed > sla else (None, False))
        else:
            assert measured == pytest.approx(passed, abs=1e-8)
            assert is_within == (passed <= sla)
    assert len({status for *_, status in handoffs}) > 1


def test_the_lead_part_of_the_path_is_a_replay_of_the_leads(company: Company) -> None:
    alive = dict(
        company.run.warehouse_rows(
            "select opportunity_id, life_start_at from intermediate.int_opportunities"
            " where deleted_at is null or deleted_at >= (select as_of_at from intermediate.int_run_settings)"
        )
    )
    won = {
        key
        for (key,) in company.run.rows(
            "select distinct opportunity_id from stage_transitions.fct_stage_visits where is_won"
        )
    }
    links = dict(company.run.warehouse_rows("select lead_id, opportunity_id from intermediate.int_lead_opportunities"))
    roots = dict(company.run.warehouse_rows("select lead_id, root_lead_id from intermediate.int_lead_lives"))
    steps: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    top = len(company.ladder)
    for lead, visits in company.visits.items():
        for stage, at in visits:
            height = (
                company.ladder.index(stage) if stage in company.ladder else top - 0.5 if stage == "converted" else None
            )
            if height is not None:
                steps[links.get(roots[lead]) or roots[lead]].append((at, height))
    for opportunity, at in alive.items():
        steps[opportunity].append((at, top))
    entered: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    later: Counter[str] = Counter()
    for journey, taken in steps.items():
        taken.sort()
        for rung, stage in enumerate(company.ladder):
            if all(height < rung for _, height in taken):
                continue
            if taken[0][1] > rung:
                later[stage] += 1
                continue
            entered[stage] += 1
            reached[stage] += journey in won
    found = {
        stage: (n, n_won, n_later)
        for stage, n, n_won, n_later in company.run.rows(
            "select from_stage, sum(n_entered)::bigint, sum(n_reached)::bigint, sum(n_created_later)::bigint"
            " from stage_transitions.agg_funnel_conversion where period_grain = 'quarter' and dimension = 'company'"
            " and to_stage = '(won)' and from_stage_position between 1 and 999 group by 1"
        )
    }
    assert found == {stage: (entered[stage], reached[stage], later[stage]) for stage in company.ladder}
    assert found[company.ladder[0]][1] > 0
