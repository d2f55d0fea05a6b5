"""Flow and closed-won curve of a simulated company, as published, against pm4py and statsmodels over its raw extracts.

What is read here are the files that the company's CRM exported; nothing that the warehouse made of them.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import SEEDS, DailyRun
from tests.peer_libraries import check_curve, check_flow, peer_flow, published_flow


@dataclass(frozen=True)
class Step:
    opportunity: str
    stage: str
    at: datetime


def exported(run: DailyRun, name: str) -> Iterable[dict[str, str]]:
    """Rows of an object in the order of its file, once each; rows without a key or a readable time are unusable."""
    (path,) = (run.settings.landing / "salesforce" / name).iterdir()
    with Path(path).open(encoding="utf-8", newline="") as file:
        seen: set[str] = set()
        for row in csv.DictReader(file):
            if row["Id"] and row["Id"] not in seen and readable(row["CreatedDate"]):
                seen.add(row["Id"])
                yield row


def readable(text: str | None) -> bool:
    try:
        datetime.fromisoformat(text or "")
    except ValueError:
        return False
    return True


@pytest.fixture(scope="module")
def steps(company_run: DailyRun) -> list[Step]:
    """Every step of every opportunity that isn't deleted. Two conventions are aligned: OpportunityHistory also has a row
    where only an amount or a date changed, which is no step; and of rows of one instant the last in the file holds."""
    alive = {row["Id"] for row in exported(company_run, "Opportunity") if row["IsDeleted"] != "true"}
    rows = [row for row in exported(company_run, "OpportunityHistory") if row["OpportunityId"] in alive]
    found: list[Step] = []
    for row in sorted(rows, key=lambda row: (row["OpportunityId"], datetime.fromisoformat(row["CreatedDate"]))):
        step = Step(row["OpportunityId"], row["StageName"], datetime.fromisoformat(row["CreatedDate"]))
        if not found or (found[-1].opportunity, found[-1].stage) != (step.opportunity, step.stage):
            found.append(step)
    assert len({step.opportunity for step in found}) > 100
    return found


def test_flow_is_that_of_pm4py(company_run: DailyRun, steps: list[Step]) -> None:
    events = pd.DataFrame(
        {
            "case": [step.opportunity for step in steps],
            "activity": [step.stage for step in steps],
            "timestamp": pd.to_datetime([step.at for step in steps], utc=True),
        }
    )
    expected = peer_flow(events)
    assert len(expected.steps) > 15
    check_flow(published_flow(company_run), expected)


@pytest.fixture(scope="module")
def ages(company_run: DailyRun, steps: list[Step]) -> Callable[[str], dict[str, tuple[int, str]]]:
    """By opportunity, the whole days from a start to the end that holds as of as_of, and that end."""
    with (SEEDS / "stage_policy.csv").open(encoding="utf-8", newline="") as file:
        policy = {row["stage"]: row for row in csv.DictReader(file)}
    outcomes = {
        stage: "won" if row["is_won"] == "true" else "open" if row["is_open"] == "true" else "lost"
        for stage, row in policy.items()
    }
    qualified = {stage for stage, row in policy.items() if "true" in (row["is_qualified"], row["is_won"])}
    as_of_at = datetime.fromisoformat(
        f"{date.fromisoformat(company_run.manifest['as_of']) + timedelta(days=1)}T00:00:00Z"
    )
    lives: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        lives[step.opportunity].append(step)

    def count(since: str) -> dict[str, tuple[int, str]]:
        found = {}
        for opportunity, life in lives.items():
            outcome, ended_at = outcomes[life[-1].stage], as_of_at
            for step in reversed(life if outcome != "open" else []):
                if outcomes[step.stage] != outcome:
                    break
                ended_at = step.at
            begun = [step.at for step in life if since == "creation" or step.stage in qualified]
            if begun and begun[0] <= ended_at:
                found[opportunity] = ((ended_at - begun[0]).days, outcome)
        return found

    return count


@pytest.mark.parametrize("since", ["creation", "qualification"])
def test_closed_won_curves_are_those_of_statsmodels(
    company_run: DailyRun, ages: Callable[[str], dict[str, tuple[int, str]]], since: str
) -> None:
    """Which group an opportunity is in is taken from the marts: its ages are what is compared."""
    counted = ages(since)
    assert check_curve(company_run, since, "company", "all", list(counted.values())) > 20
    groups = {
        "evidence_source": "select opportunity_id, evidence_function from core.dim_opportunities",
        "creator_role": "select opportunity_id, coalesce(creator_role, 'unknown') from core.dim_opportunities",
    }
    for dimension, query in groups.items():
        member_of = dict(company_run.rows(query))
        members = {member_of[opportunity] for opportunity in counted}
        assert len(members) > 2
        compared = sum(
            check_curve(
                company_run,
                since,
                dimension,
                member,
                [age for name, age in counted.items() if member_of[name] == member],
            )
            for member in members
        )
        assert compared > 20
