"""The flat files hold the whole company where no CRM stands beside them, and what the CRM lacks where one does."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping

import pytest
import yaml
from sample_files import Row
from sample_tables import every_version, rows, tables

from dagster_project.lib.settings import PROJECT_ROOT
from dagster_project.simulate.records.tables import Table

_CONTRACT = yaml.safe_load((PROJECT_ROOT / "dagster_project" / "sources" / "generic.yml").read_text())["objects"]
_STAGE_FIELDS = {"stage", "amount", "close_date", "forecast_category", "probability"}
_TRACKED = {"owner_id", "source", "primary_campaign_id", "next_step", "loss_reason"}
_WITHOUT_CRM = set(_CONTRACT) - {"opportunity_splits"}


@pytest.fixture(scope="module")
def generic() -> Mapping[str, Table]:
    return {name.split("/")[1]: table for name, table in tables("generic").items()}


@pytest.fixture(scope="module")
def salesforce() -> Mapping[str, Table]:
    return {name.split("/")[1]: table for name, table in tables("salesforce", "generic").items()}


def test_every_object_is_there_with_the_columns_of_the_contract(generic: Mapping[str, Table]) -> None:
    assert set(generic) == _WITHOUT_CRM
    for name, table in generic.items():
        declared = _CONTRACT[name]["columns"]
        assert set(table.columns) <= set(declared), name
        needed = {column for column, entry in declared.items() if entry.get("required")}
        needed |= set(_CONTRACT[name]["key"]) | {_CONTRACT[name].get("version", "extracted_at")} - {"extracted_at"}
        assert needed <= set(table.columns), name
        found = every_version(table)
        assert found, name
        for column in needed - {"new_value"}:
            assert all(row[column] for row in found), f"{name}.{column} is empty"


def test_keys_are_those_of_the_contract(generic: Mapping[str, Table]) -> None:
    for name, table in generic.items():
        keys = [tuple(row[column] for column in _CONTRACT[name]["key"]) for row in rows(table)]
        assert len(set(keys)) == len(keys), name


@pytest.mark.parametrize(
    ("systems", "objects"),
    [
        (("salesforce", "generic"), {"costs", "user_history"}),
        (("salesforce",), set()),
        (("hubspot", "generic"), {"costs", "user_history", "quotas", "campaigns", "touches"}),
        (("generic", "marketo"), _WITHOUT_CRM),
    ],
)
def test_only_what_the_other_systems_lack_is_there(systems: tuple[str, ...], objects: set[str]) -> None:
    assert {name.removeprefix("generic/") for name in tables(*systems) if name.startswith("generic/")} == objects


def test_marketo_holds_the_costs_and_visits_of_what_it_runs() -> None:
    beside = tables("generic", "marketo")
    kinds = {row["campaign_id"]: row["campaign_type"] for row in rows(beside["generic/campaigns"])}
    assert {kinds[row["campaign_id"]] for row in rows(beside["generic/costs"])} == {"Partner"}
    assert "web_visit" not in {row["touch_type"] for row in rows(beside["generic/touches"])}
    under_hubspot = rows(tables("hubspot", "marketo", "generic")["generic/touches"])
    assert {row["touch_type"] for row in under_hubspot} == {"Partner"}


def test_replaying_the_changes_gives_the_opportunities(generic: Mapping[str, Table]) -> None:
    last: dict[tuple[str, str], str] = {}
    for row in rows(generic["opportunity_changes"]):
        record = (row["opportunity_id"], row["field"])
        assert last.get(record, row["old_value"]) == row["old_value"] != row["new_value"]
        last[record] = row["new_value"]
    assert {field for _, field in last} == _STAGE_FIELDS | _TRACKED
    for row in rows(generic["opportunities"]):
        for field in _STAGE_FIELDS | _TRACKED:
            assert last.get((row["opportunity_id"], field), row[field]) == row[field]
        assert (row["opportunity_id"], "stage") in last


def test_changes_are_those_that_salesforce_recorded(
    generic: Mapping[str, Table], salesforce: Mapping[str, Table]
) -> None:
    names = {"LeadSource": "source", "Owner": "owner_id", "Campaign": "primary_campaign_id"}
    names |= {"NextStep": "next_step", "Loss_Reason__c": "loss_reason"}
    recorded = Counter(
        (row["OpportunityId"], names[row["Field"]], row["NewValue"], row["CreatedDate"], row["CreatedById"])
        for row in rows(salesforce["OpportunityFieldHistory"])
        if row["Field"] in names
    )
    told = [row for row in rows(generic["opportunity_changes"]) if row["field"] in _TRACKED]
    columns = ("opportunity_id", "field", "new_value", "changed_at", "changed_by_id")
    assert Counter(tuple(row[column] for column in columns) for row in told) == recorded
    visits: dict[str, list[Row]] = defaultdict(list)
    for row in rows(salesforce["OpportunityHistory"]):
        before = visits[row["OpportunityId"]]
        if not before or before[-1]["StageName"] != row["StageName"]:
            before.append(row)
    stages = [row for row in rows(generic["opportunity_changes"]) if row["field"] == "stage"]
    assert [(row["opportunity_id"], row["new_value"], row["changed_at"], row["changed_by_id"]) for row in stages] == [
        (visit["OpportunityId"], visit["StageName"], visit["CreatedDate"], visit["CreatedById"])
        for opportunity in sorted(visits)
        for visit in visits[opportunity]
    ]


def test_without_field_history_only_the_stage_has_one() -> None:
    found = tables("generic", field_history=False)
    assert {row["field"] for row in rows(found["generic/opportunity_changes"])} == _STAGE_FIELDS
    assert "generic/lead_changes" not in found


def test_touches_are_the_members_and_what_marketing_saw(
    generic: Mapping[str, Table], salesforce: Mapping[str, Table]
) -> None:
    found = {row["touch_id"]: row for row in rows(generic["touches"])}
    for member in rows(salesforce["CampaignMember"]):
        touch = found.pop(member["Id"])
        assert touch["lead_id"] == member["LeadId"]
        assert touch["touch_status"] == member["Status"]
        # An answer is known to the day; that of an uploaded list is the upload's instant.
        same_day = member["FirstRespondedDate"] in ("", member["CreatedDate"][:10])
        at = member["CreatedDate"] if same_day else f"{member['FirstRespondedDate']}T00:00:00.000Z"
        assert touch["touched_at"] == at
    kinds = Counter(row["touch_type"] for row in found.values())
    assert set(kinds) == {"web_visit", "email_sent", "email_open", "email_click"}
    assert {row["is_bot"] for row in found.values()} == {"true", "false"}
    assert all(row["contact_id"] or row["lead_id"] for row in found.values())


def test_the_taxonomy_knows_every_touch(generic: Mapping[str, Table]) -> None:
    lines = (PROJECT_ROOT / "seeds" / "channel_taxonomy.csv").read_text().splitlines()
    known = {(row["touch_type"], row["touch_status"]) for row in csv.DictReader(lines)}
    for row in rows(generic["touches"]):
        assert {(row["touch_type"], row["touch_status"]), (row["touch_type"], "*")} & known


def test_an_activity_is_told_once(generic: Mapping[str, Table], salesforce: Mapping[str, Table]) -> None:
    found = rows(generic["activities"])
    emails = {row["ActivityId"]: row for row in rows(salesforce["EmailMessage"])}
    tasks = [row["Id"] for row in rows(salesforce["Task"])]
    expected = {emails[task]["Id"] if task in emails else task for task in tasks}
    expected |= {row["Id"] for row in rows(salesforce["Event"])}
    assert {row["activity_id"] for row in found} == expected
    incoming = {row["Id"] for row in emails.values() if row["Incoming"] == "true"}
    assert {row["activity_id"] for row in found if row["direction"] == "in"} == incoming
    invited = Counter(
        row["EventId"] for row in rows(salesforce["EventRelation"]) if row["RelationId"][:3] in ("003", "00Q")
    )
    for row in found:
        if row["activity_type"] == "meeting":
            assert int(row["external_attendee_count"]) == invited[row["activity_id"]] > 0
