"""HubSpot's tables tell the same company as Salesforce's and the flat files, in HubSpot's own way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from sample_files import Row
from sample_tables import OPTIONS, every_version, rows, tables, world_of

from dagster_project.simulate import Options, OptionsError, Rates, build_tables
from dagster_project.simulate.command import parser
from dagster_project.simulate.records.salesforce_people import build_ids
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.world.build import build_world
from dagster_project.simulate.world.labels import ON_LEAD

_REFERENCES = [
    ("deal_company", "company_id", "company", "id"),
    ("deal_company", "deal_id", "deal", "deal_id"),
    ("deal_contact", "contact_id", "contact", "id"),
    ("deal_contact", "deal_id", "deal", "deal_id"),
    ("engagement_contact", "contact_id", "contact", "id"),
    ("engagement_contact", "engagement_id", "engagement", "id"),
    ("engagement_company", "company_id", "company", "id"),
    ("engagement_company", "engagement_id", "engagement", "id"),
    ("engagement_deal", "deal_id", "deal", "deal_id"),
    ("engagement_deal", "engagement_id", "engagement", "id"),
    ("deal", "owner_id", "owner", "owner_id"),
    ("deal", "property_hs_created_by_user_id", "users", "id"),
    ("deal", "deal_pipeline_stage_id", "deal_pipeline_stage", "stage_id"),
    ("deal", "deal_pipeline_id", "deal_pipeline", "pipeline_id"),
    ("deal_property_history", "deal_id", "deal", "deal_id"),
    ("merged_deal", "merged_deal_id", "deal", "deal_id"),
    ("contact", "property_associatedcompanyid", "company", "id"),
    ("contact", "property_hubspot_owner_id", "owner", "owner_id"),
    ("contact", "property_hs_merged_object_ids", "contact", "id"),
    ("contact_property_history", "contact_id", "contact", "id"),
    ("company", "property_hs_parent_company_id", "company", "id"),
    ("company", "property_hs_merged_object_ids", "company", "id"),
    ("owner", "active_user_id", "users", "id"),
    ("users", "role_id", "role", "id"),
    ("generic/touches", "contact_id", "contact", "id"),
    ("generic/user_history", "user_id", "owner", "owner_id"),
    ("generic/quotas", "user_id", "owner", "owner_id"),
    ("generic/costs", "campaign_id", "generic/campaigns", "campaign_id"),
    ("deal", "property_campaign", "generic/campaigns", "campaign_id"),
]


@pytest.fixture(scope="module")
def hubspot() -> Mapping[str, Table]:
    return {name.removeprefix("hubspot/"): table for name, table in tables("hubspot", "generic").items()}


@pytest.fixture(scope="module")
def stage_names(hubspot: Mapping[str, Table]) -> dict[str, str]:
    return {row["stage_id"]: row["label"] for row in rows(hubspot["deal_pipeline_stage"])}


@pytest.mark.parametrize(("name", "column", "target", "key"), _REFERENCES)
def test_references_lead_somewhere(hubspot: Mapping[str, Table], name: str, column: str, target: str, key: str) -> None:
    named = {row[column] for row in every_version(hubspot[name])} - {""}
    assert named
    assert named <= {row[key] for row in every_version(hubspot[target])}


def test_ids_are_numbers_of_their_own_per_object(hubspot: Mapping[str, Table]) -> None:
    seen: set[str] = set()
    for name, key in (("deal", "deal_id"), ("company", "id"), ("contact", "id"), ("engagement", "id")):
        ids = [row[key] for row in rows(hubspot[name])]
        assert len(set(ids)) == len(ids)
        assert {len(identifier) for identifier in ids} == {11}
        assert not seen & set(ids)
        seen |= set(ids)


def test_versions_of_a_record_have_different_instants(hubspot: Mapping[str, Table]) -> None:
    for name, table in hubspot.items():
        moments = set(zip(table.key.tolist(), table.modified.tolist(), strict=True))
        assert len(moments) == len(table.key), name


def _from_salesforce() -> list[tuple[object, ...]]:
    found = {name.split("/")[1]: table for name, table in tables("salesforce", "generic").items()}
    email = {row["Id"]: row["Email"] for row in rows(found["User"])}
    stages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(found["OpportunityHistory"]):
        if not stages[row["OpportunityId"]] or stages[row["OpportunityId"]][-1][1] != row["StageName"]:
            stages[row["OpportunityId"]].append((row["CreatedDate"], row["StageName"]))
    return [
        (stages[row["Id"]], row["Amount"], row["CurrencyIsoCode"], row["CloseDate"], email[row["OwnerId"]],
         row["LeadSource"], row["Loss_Reason__c"], row["IsDeleted"], row["CreatedDate"])
        for row in sorted(rows(found["Opportunity"]), key=lambda row: row["Id"])
    ]  # fmt: skip


def _from_generic() -> list[tuple[object, ...]]:
    found = {name.split("/")[1]: table for name, table in tables("generic").items()}
    email = {row["user_id"]: row["email"] for row in rows(found["users"])}
    stages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(found["opportunity_changes"]):
        if row["field"] == "stage":
            stages[row["opportunity_id"]].append((row["changed_at"], row["new_value"]))
    return [
        (stages[row["opportunity_id"]], row["amount"], row["currency"], row["close_date"], email[row["owner_id"]],
         row["source"], row["loss_reason"], row["is_deleted"], row["created_at"])
        for row in sorted(rows(found["opportunities"]), key=lambda row: row["opportunity_id"])
    ]  # fmt: skip


def _from_hubspot(hubspot: Mapping[str, Table], stage_names: Mapping[str, str]) -> list[tuple[object, ...]]:
    email = {row["owner_id"]: row["email"] for row in rows(hubspot["owner"])}
    merged = {row["merged_deal_id"] for row in rows(hubspot["merged_deal"])}
    stages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(hubspot["deal_property_history"]):
        if row["name"] == "dealstage":
            stages[row["deal_id"]].append((row["timestamp"], stage_names[row["value"]]))
    return [
        (stages[row["deal_id"]], row["property_amount"], row["property_deal_currency_code"],
         row["property_closedate"][:10], email[row["owner_id"]], row["property_deal_source"],
         row["property_closed_lost_reason"], row["is_deleted"], row["property_createdate"])
        for row in sorted(rows(hubspot["deal"]), key=lambda row: int(row["deal_id"]))
        if row["deal_id"] not in merged
    ]  # fmt: skip


def test_the_three_exports_agree(hubspot: Mapping[str, Table], stage_names: Mapping[str, str]) -> None:
    salesforce = _from_salesforce()
    assert len(salesforce) == OPTIONS.opportunities
    assert any(row[7] == "true" for row in salesforce)
    assert _from_generic() == salesforce
    assert _from_hubspot(hubspot, stage_names) == salesforce


def test_the_history_ends_at_the_deal(hubspot: Mapping[str, Table]) -> None:
    columns = {"dealstage": "deal_pipeline_stage_id", "hubspot_owner_id": "owner_id", "pipeline": "deal_pipeline_id"}
    last = {(row["deal_id"], row["name"]): row["value"] for row in rows(hubspot["deal_property_history"])}
    assert ("hs_next_step" in {name for _, name in last}) and ("amount" in {name for _, name in last})
    for deal in rows(hubspot["deal"]):
        for name in {name for _, name in last}:
            assert last.get((deal["deal_id"], name), "") == deal[columns.get(name, f"property_{name}")]


def test_without_a_history_the_last_entry_and_exit_of_each_stage_is_known(stage_names: Mapping[str, str]) -> None:
    found = tables("hubspot", "generic", field_history=False)
    assert "hubspot/deal_property_history" not in found
    assert "hubspot/contact_property_history" not in found
    merged = {row["merged_deal_id"] for row in rows(found["hubspot/merged_deal"])}
    deals = [row for row in rows(found["hubspot/deal"]) if row["deal_id"] not in merged]
    reentered = 0
    for deal, (path, *_) in zip(deals, _from_salesforce(), strict=True):
        assert isinstance(path, list)
        for stage, name in stage_names.items():
            entered = [at for at, word in path if word == name]
            left = [after[0] for before, after in pairwise(path) if before[1] == name]
            assert deal[f"property_hs_v2_date_entered_{stage}"] == (entered[-1] if entered else "")
            assert deal[f"property_hs_v2_date_exited_{stage}"] == (left[-1] if left else "")
            reentered += len(entered) > 1
    assert reentered


def test_merged_deals_are_duplicates_below_the_bar(
    hubspot: Mapping[str, Table], stage_names: Mapping[str, str]
) -> None:
    deals = {row["deal_id"]: row for row in rows(hubspot["deal"])}
    merged = rows(hubspot["merged_deal"])
    assert len(merged) > 2
    spoken_of = {row["deal_id"] for row in rows(hubspot["engagement_deal"])}
    for row in merged:
        stays, goes = deals[row["deal_id"]], deals[row["merged_deal_id"]]
        assert (stays["is_deleted"], goes["is_deleted"]) == ("false", "true")
        assert stays["property_hs_merged_object_ids"] == goes["deal_id"]
        assert stays["property_createdate"] < goes["property_createdate"] < goes["property_hs_lastmodifieddate"]
        assert stays["property_dealname"] == goes["property_dealname"]
        assert stage_names[goes["deal_pipeline_stage_id"]] == "Discovery"
        assert stays["deal_pipeline_stage_id"] != "closedwon"
        assert goes["deal_id"] not in spoken_of
    assert sum(row["property_hs_merged_object_ids"] != "" for row in deals.values()) == len(merged)


def test_nothing_is_merged_when_nothing_is_asked() -> None:
    world = build_world(Options(opportunities=60, quarters=2, rates=Rates.none(), systems=("hubspot",)))
    found = {table.name: table for table in build_tables(world, build_ids(world))}
    assert len(found["merged_deal"].key) == 0
    assert len(rows(found["deal"])) == 60


def test_leads_are_contacts_on_their_way(hubspot: Mapping[str, Table]) -> None:
    world = world_of("hubspot", "generic")
    contacts = rows(hubspot["contact"])
    assert len(contacts) == len(world.people["deal"])
    history: dict[str, list[Row]] = defaultdict(list)
    for row in rows(hubspot["contact_property_history"]):
        if row["name"] == "lifecyclestage":
            history[row["contact_id"]].append(row)
    order = ["lead", "marketingqualifiedlead", "opportunity", "customer"]
    for row in contacts:
        stages = [order.index(item["value"]) for item in history[row["id"]]]
        assert stages == sorted(stages)
        assert order[stages[-1]] == row["property_lifecyclestage"]
    assert {row["property_lifecyclestage"] for row in contacts} == set(order)


def test_a_lead_that_was_relabeled_is_a_contact_whose_source_changed(hubspot: Mapping[str, Table]) -> None:
    asked = int((world_of("hubspot", "generic").deals["way"] == ON_LEAD).sum())
    roles = {row["id"]: row["name"] for row in rows(hubspot["role"])}
    role_of = {f"userId:{row['id']}": roles[row["role_id"]] for row in rows(hubspot["users"])}
    values: dict[str, list[Row]] = defaultdict(list)
    for row in rows(hubspot["contact_property_history"]):
        if row["name"] == "contact_source":
            values[row["contact_id"]].append(row)
    changed = [history[-1] for history in values.values() if len(history) > 1]
    assert len(changed) == asked > 0
    assert {role_of[row["source_id"]] for row in changed} == {"Marketing Manager"}


@pytest.mark.parametrize(
    ("systems", "named"),
    [
        (("salesforce", "pipedrive"), "'pipedrive' isn't one of salesforce, hubspot, marketo, generic"),
        (("salesforce", "hubspot"), "salesforce,hubspot needs exactly one of salesforce, hubspot"),
        (("marketo",), "systems=marketo needs exactly one of"),
        ((), "systems= needs exactly one of"),
        (("generic", "generic"), "systems=generic,generic names one of"),
    ],
)
def test_systems_that_do_not_go_together_are_named(systems: tuple[str, ...], named: str) -> None:
    with pytest.raises(OptionsError, match=named):
        replace(OPTIONS, systems=systems)


def test_the_command_line_takes_systems() -> None:
    assert parser().parse_args(["out", "--systems", "hubspot,generic"]).systems == ("hubspot", "generic")
    assert parser().parse_args(["out"]).systems == Options().systems
