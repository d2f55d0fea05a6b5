"""The exported records hang together, agree with the seeds, and give the truth back by other means."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest
import yaml
from sample_files import Landing, Row, read_truth

from dagster_project.lib.settings import PROJECT_ROOT
from dagster_project.simulate import Options
from dagster_project.simulate.frames import NULL
from dagster_project.simulate.vocabulary import (
    CAMPAIGN_TYPES,
    FUNCTIONS,
    LOSS_REASONS,
    SOURCES,
    STAGES,
)
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.company import AE, SDR

_SEEDS = PROJECT_ROOT / "seeds"
_REFERENCES = [
    ("Opportunity", "AccountId", "Account"),
    ("Opportunity", "OwnerId", "User"),
    ("Opportunity", "CreatedById", "User"),
    ("Opportunity", "CampaignId", "Campaign"),
    ("OpportunityHistory", "OpportunityId", "Opportunity"),
    ("OpportunityFieldHistory", "OpportunityId", "Opportunity"),
    ("OpportunityContactRole", "OpportunityId", "Opportunity"),
    ("OpportunityContactRole", "ContactId", "Contact"),
    ("Account", "ParentId", "Account"),
    ("Contact", "AccountId", "Account"),
    ("Lead", "ConvertedAccountId", "Account"),
    ("Lead", "ConvertedContactId", "Contact"),
    ("Lead", "ConvertedOpportunityId", "Opportunity"),
    ("LeadHistory", "LeadId", "Lead"),
    ("User", "UserRoleId", "UserRole"),
    ("User", "ManagerId", "User"),
    ("Task", "AccountId", "Account"),
    ("Task", "WhatId", "Opportunity"),
    ("Task", "OwnerId", "User"),
    ("Event", "WhatId", "Opportunity"),
    ("EventRelation", "EventId", "Event"),
    ("EmailMessage", "ActivityId", "Task"),
    ("CampaignMember", "CampaignId", "Campaign"),
    ("CampaignMember", "LeadId", "Lead"),
    ("CampaignMember", "ContactId", "Contact"),
    ("ForecastingQuota", "QuotaOwnerId", "User"),
    ("costs", "campaign_id", "Campaign"),
    ("user_history", "user_id", "User"),
    ("user_history", "manager_id", "User"),
]


def _seed(name: str) -> list[Row]:
    return list(csv.DictReader((_SEEDS / f"{name}.csv").read_text().splitlines()))


@pytest.mark.parametrize(("name", "column", "target"), _REFERENCES)
def test_references_lead_somewhere(landing: Landing, name: str, column: str, target: str) -> None:
    known = {row["Id"] for row in landing[target]}
    named = {row[column] for row in landing[name]} - {""}
    assert named
    assert named <= known


def test_ids_are_unique_and_look_like_salesforce(landing: Landing) -> None:
    for name, rows in landing.items():
        if name not in ("costs", "user_history"):
            ids = [row["Id"] for row in rows]
            assert len(set(ids)) == len(ids)
            assert {len(identifier) for identifier in ids} == {18}


@pytest.mark.parametrize("name", ["OpportunityHistory", "OpportunityFieldHistory", "LeadHistory"])
def test_history_ids_follow_time(landing: Landing, name: str) -> None:
    rows = sorted(landing[name], key=lambda row: row["Id"])
    created = [row["CreatedDate"] for row in rows]
    assert created == sorted(created)


def test_columns_are_those_of_the_contracts(landing: Landing) -> None:
    custom = {"Competitor__c"}
    for source in ("salesforce", "generic"):
        contract = yaml.safe_load((PROJECT_ROOT / "dagster_project" / "sources" / f"{source}.yml").read_text())
        for name, entry in contract["objects"].items():
            if name not in landing:
                continue
            declared = {word.replace("_", "") for word in entry["columns"]}
            for column in entry["columns"].values():
                declared |= {word.replace("_", "") for word in column.get("accept", [])}
            found = {column for column in landing[name][0] if column.lower().replace("_", "") not in declared}
            assert found <= custom, f"{name} has columns that its contract doesn't know"


def test_the_seeds_know_every_word(landing: Landing) -> None:
    sources = {row["claimed_source"]: row["sourcing_function"] for row in _seed("source_taxonomy")}
    assert set(SOURCES) <= set(sources)
    functions = {row["sourcing_function"] for row in _seed("sourcing_functions")}
    assert set(FUNCTIONS) <= functions
    assert set(sources.values()) <= functions
    touches = {(row["touch_type"], row["touch_status"]): row for row in _seed("channel_taxonomy")}
    assert {row["sourcing_function"] for row in touches.values()} <= functions
    kinds = {row["Id"]: row["Type"] for row in landing["Campaign"]}
    for row in landing["CampaignMember"]:
        kind = kinds[row["CampaignId"]]
        assert (kind, row["Status"]) in touches or (kind, "*") in touches
    for kind in CAMPAIGN_TYPES:
        if kind.hand_raise and kind.name != "Partner":
            assert touches[kind.name, kind.hand_raise]["is_hand_raise"] == "true"
        if kind.interest:
            assert touches[kind.name, kind.interest]["is_material"] == "true"
            assert touches[kind.name, kind.interest]["is_hand_raise"] == "false"
    assert set(LOSS_REASONS) <= {row["loss_reason"] for row in _seed("loss_reasons")}
    statuses = {row["raw_value"] for row in _seed("lead_stage_policy") if row["field"] == "status"}
    assert {row["Status"] for row in landing["Lead"]} <= statuses
    assert {row["Name"] for row in landing["UserRole"]} <= {row["raw_role"] for row in _seed("roles")}
    assert {row["role"] for row in landing["user_history"]} <= {row["raw_role"] for row in _seed("roles")}


def test_the_stage_policy_agrees_with_the_stages(landing: Landing) -> None:
    policy = {row["stage"]: row for row in _seed("stage_policy") if row["pipeline_id"] == "default"}
    assert [row["stage"] for row in policy.values()] == [stage.name for stage in STAGES]
    for row in landing["OpportunityStage"]:
        seed = policy[row["MasterLabel"]]
        assert seed["stage_order"] == row["SortOrder"]
        assert seed["is_won"] == row["IsWon"]
        assert seed["is_open"] != row["IsClosed"]
        assert seed["default_probability"] == row["DefaultProbability"]


def test_field_history_and_opportunity_history_end_at_the_record(landing: Landing) -> None:
    last: dict[str, Row] = {}
    for row in landing["OpportunityHistory"]:
        last[row["OpportunityId"]] = row
    final: dict[tuple[str, str], str] = {}
    for row in landing["OpportunityFieldHistory"]:
        before = final.get((row["OpportunityId"], row["Field"]))
        assert before is None or before == row["OldValue"]
        final[row["OpportunityId"], row["Field"]] = row["NewValue"]
    tracked = {"Owner": "OwnerId", "Campaign": "CampaignId"}
    for row in landing["Opportunity"]:
        history = last[row["Id"]]
        for column in ("StageName", "Amount", "CloseDate", "Probability"):
            assert history[column] == row[column]
        for field in ("StageName", "Amount", "CloseDate", "LeadSource", "NextStep", "Loss_Reason__c", *tracked):
            if (row["Id"], field) in final:
                assert final[row["Id"], field] == row[tracked.get(field, field)]


def test_the_totals_come_out_of_the_export_too(sample: Path, landing: Landing) -> None:
    """Created, won and open of each quarter, recomputed from OpportunityHistory and the dated rates alone."""
    totals = defaultdict(Decimal)
    history: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(landing["OpportunityHistory"], key=lambda row: row["CreatedDate"]):
        history[row["OpportunityId"]].append(row)
    after = Options().quarter_starts[-1].isoformat()
    told = [row for row in read_truth(sample / "truth", "quarters") if row["quarter_start"] < after]
    quarters = [row["quarter_start"] for row in told]
    ends = [*quarters[1:], after]
    order = {stage.name: number for number, stage in enumerate(STAGES)}
    for deal in landing["Opportunity"]:
        if deal["IsDeleted"] == "true":
            continue
        rows = history[deal["Id"]]
        rate = _rate(landing, deal["CurrencyIsoCode"], deal["CreatedDate"])
        pipeline = next((row for row in rows if 1 <= order[row["StageName"]] <= 6), None)
        if pipeline:
            limit = _instant(pipeline) + timedelta(days=7)
            near = [row for row in rows if row["CreatedDate"] >= pipeline["CreatedDate"] and _instant(row) <= limit]
            first = next((row["Amount"] for row in near if row["Amount"] not in ("", "0.00")), None)
            totals["created_total", _quarter(quarters, pipeline["CreatedDate"])] += _usd(first, rate)
        if deal["IsWon"] == "true":
            won = [row for row in rows if row["StageName"] == "Closed Won"]
            totals["won", _quarter(quarters, won[-1]["CreatedDate"])] += _usd(deal["Amount"], rate)
        for quarter, end in zip(quarters, ends, strict=True):
            before = [row for row in rows if row["CreatedDate"] < end]
            if before and 1 <= order[before[-1]["StageName"]] <= 5:
                totals["open_total", quarter] += _usd(before[-1]["Amount"], rate)
    for row in told:
        for name in ("created_total", "won", "open_total"):
            assert totals[name, row["quarter_start"]] == Decimal(row[f"{name}_amount"])


def _instant(row: Row) -> datetime:
    return datetime.fromisoformat(row["CreatedDate"].removesuffix("Z"))


def _quarter(quarters: list[str], at: str) -> str:
    return max(quarter for quarter in quarters if quarter <= at)


def _rate(landing: Landing, currency: str, at: str) -> Decimal:
    rows = [row for row in landing["DatedConversionRate"] if row["IsoCode"] == currency and row["StartDate"] <= at]
    return Decimal(max(rows, key=lambda row: row["StartDate"])["ConversionRate"])


def _usd(amount: str | None, rate: Decimal) -> Decimal:
    return (Decimal(amount or 0) / rate).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_staff_join_leave_and_move(world: World, landing: Landing) -> None:
    spans, users = world.company.spans, world.company.users
    last = np.append(spans["user"][1:] != spans["user"][:-1], True)
    moved = spans["user"][~last]
    roles, teams = ([set(spans[name][spans["user"] == user].tolist()) for user in moved] for name in ("role", "team"))
    assert {SDR, AE} in roles
    assert {AE} in roles
    assert all(len(team) == 2 for team in teams)
    left = np.flatnonzero(users["ended"] != NULL)
    joined = np.flatnonzero(users["started"] > world.timeline.start)
    assert len(left) >= 3
    assert 0 < len(joined) <= len(left)
    for user in joined:
        seat = left[(users["team"][left] == users["team"][user]) & (users["role"][left] == users["role"][user])]
        assert (users["ended"][seat] < users["started"][user]).any()
    numbers = {row["Id"]: row for row in landing["User"]}
    inactive = {number for number, row in numbers.items() if row["IsActive"] == "false"}
    assert len(inactive) == len(left)
    standing = [row for row in landing["Opportunity"] if row["IsClosed"] == row["IsDeleted"] == "false"]
    assert not inactive & {row["OwnerId"] for row in standing}
