"""The Marketo export: complete in itself, and of the same world as the Salesforce export."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from dagster_project.simulate import Options, Rates, build_tables
from dagster_project.simulate.frames import NULL, Ints, labels
from dagster_project.simulate.records.marketo import marketo_tables
from dagster_project.simulate.records.salesforce_people import build_ids
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.vocabulary import CAMPAIGN_TYPES
from dagster_project.simulate.world.build import World, build_world

Tables = dict[str, Table]
_ACTIVITIES = (
    "visit_webpage", "fill_out_form", "send_email", "email_delivered", "email_bounced", "open_email", "click_email",
    "change_status_in_progression", "merge_leads", "delete_lead",
)  # fmt: skip
_FIXTURES = Path(__file__).parents[4] / "shared" / "data" / "fivetran_marketo"


@pytest.fixture(scope="module")
def company() -> World:
    return build_world(Options(opportunities=1_200, quarters=5, rates=Rates(merged_leads=0.08)))


@pytest.fixture(scope="module")
def marketo(company: World) -> Tables:
    return {table.name: table for table in marketo_tables(company, build_ids(company))}


@pytest.fixture(scope="module")
def salesforce(company: World) -> Tables:
    tables = build_tables(company, build_ids(company))
    return {table.name: table for table in tables if table.source == "salesforce"}


def _column(table: Table, name: str) -> Ints:
    return table.columns[name].values


def _lives(marketo: Tables) -> dict[int, tuple[int, int]]:
    """First instant of each lead, and that of its end."""
    lead = marketo["lead"]
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    gone = _column(lead, "_fivetran_deleted").tolist()
    for identifier, at, is_gone in zip(_column(lead, "id").tolist(), lead.modified.tolist(), gone, strict=True):
        begins.setdefault(int(identifier), int(at))
        ends[int(identifier)] = int(at) if is_gone else 2**40
    return {identifier: (begins[identifier], ends[identifier]) for identifier in begins}


def test_versions_are_sorted_and_unique(marketo: Tables) -> None:
    for table in marketo.values():
        assert table.source == "marketo"
        order = np.lexsort((table.modified, table.key))
        assert (order == np.arange(len(order))).all(), table.name
        assert len(np.unique(np.stack([table.key, table.modified]), axis=1).T) == len(table.key), table.name


def test_activity_ids_are_unique_over_all_types_and_follow_time(marketo: Tables) -> None:
    ids = np.concatenate([_column(marketo[f"activity_{name}"], "id") for name in _ACTIVITIES])
    at = np.concatenate([_column(marketo[f"activity_{name}"], "activity_date") for name in _ACTIVITIES])
    assert len(np.unique(ids)) == len(ids)
    assert (np.diff(at[np.argsort(ids)]) >= 0).all()


@pytest.mark.parametrize("name", _ACTIVITIES)
def test_the_lead_of_an_activity_exists_at_its_instant(marketo: Tables, name: str) -> None:
    lives = _lives(marketo)
    table = marketo[f"activity_{name}"]
    leads, at = _column(table, "lead_id").tolist(), table.modified.tolist()
    assert leads
    for lead, instant in zip(leads, at, strict=True):
        begin, end = lives[lead]
        assert begin <= instant
        assert instant < end or (name == "delete_lead" and instant == end)


def test_forms_are_the_hand_raises_of_salesforce(marketo: Tables, salesforce: Tables) -> None:
    words = {item.hand_raise for item in CAMPAIGN_TYPES if item.hand_raise and item.name != "Partner"}
    members = salesforce["CampaignMember"]
    raised: dict[int, tuple[int, int]] = {}
    lead, contact = _column(members, "LeadId"), _column(members, "ContactId")
    who = np.where(lead == NULL, contact, lead).tolist()
    for row, status in enumerate(_column(members, "Status").tolist()):
        key = int(members.key[row])
        found = raised.get(key)
        if status in words and (found is None or members.modified[row] < found[1]):
            raised[key] = (who[row], int(members.modified[row]))
    people = marketo["lead"]
    crm: dict[int, int] = {}
    of_lead, of_contact = _column(people, "sfdc_lead_id"), _column(people, "sfdc_contact_id")
    for identifier, known in zip(
        _column(people, "id").tolist(), np.where(of_lead == NULL, of_contact, of_lead).tolist(), strict=True
    ):
        crm[identifier] = known
    forms = marketo["activity_fill_out_form"]
    filled = [
        (crm[identifier], at)
        for identifier, at in zip(_column(forms, "lead_id").tolist(), forms.modified.tolist(), strict=True)
    ]
    assert len(filled) > 200
    assert sorted(filled) == sorted(raised.values())


def test_ids_lead_into_salesforce(marketo: Tables, salesforce: Tables) -> None:
    for table, column, target in (
        ("lead", "sfdc_lead_id", "Lead"),
        ("lead", "sfdc_contact_id", "Contact"),
        ("lead", "sfdc_account_id", "Account"),
        ("program", "sfdc_id", "Campaign"),
    ):
        named = set(_column(marketo[table], column).tolist()) - {NULL}
        assert named
        assert named <= set(_column(salesforce[target], "Id").tolist())
    contacts = set(_column(marketo["lead"], "sfdc_contact_id").tolist()) - {NULL}
    assert contacts == set(_column(salesforce["Contact"], "Id").tolist())


def test_ids_lead_somewhere_within_marketo(marketo: Tables) -> None:
    for table, column, target in (
        ("activity_click_email", "campaign_id", "campaign"),
        ("activity_send_email", "email_template_id", "email_template_history"),
        ("activity_change_status_in_progression", "primary_attribute_value_id", "program"),
        ("activity_change_status_in_progression", "program_member_id", "program_membership"),
        ("program_membership", "program_id", "program"),
        ("program_membership", "lead_id", "lead"),
        ("program_cost", "program_id", "program"),
        ("campaign", "program_id", "program"),
        ("email_template_history", "program_id", "program"),
    ):
        named = set(_column(marketo[table], column).tolist())
        assert named <= set(_column(marketo[target], "id").tolist()), (table, column)


def test_memberships_are_the_campaign_members_but_for_partners(
    company: World, marketo: Tables, salesforce: Tables
) -> None:
    kinds = labels([item.name for item in CAMPAIGN_TYPES], company.touches["kind"])
    mine = marketo["program_membership"]
    newest = mine.newest(0, 2**40)
    assert len(newest) == (kinds != "Partner").sum()
    members = salesforce["CampaignMember"]
    last = members.newest(0, 2**40)
    partners = set(_column(salesforce["Campaign"], "Id")[_column(salesforce["Campaign"], "Type") == 8].tolist())
    ours = ~np.isin(_column(members, "CampaignId")[last], list(partners))
    assert sorted(_column(mine, "status")[newest]) == sorted(_column(members, "Status")[last][ours])


def test_program_costs_add_up_to_the_campaigns(company: World, marketo: Tables) -> None:
    costs, programs = marketo["program_cost"], marketo["program"]
    row = _column(costs, "program_id") - 1_001
    paid = np.bincount(row, weights=_column(costs, "cost"), minlength=len(company.campaigns["cost"]))
    own = _column(programs, "id") - 1_001
    assert (paid[own] * 100 == company.campaigns["cost"][own]).all()


def test_merges_are_those_of_the_crm(marketo: Tables, salesforce: Tables) -> None:
    crm = dict(
        zip(_column(marketo["lead"], "id").tolist(), _column(marketo["lead"], "sfdc_lead_id").tolist(), strict=True)
    )
    merges, leads = marketo["activity_merge_leads"], salesforce["Lead"]
    gone = np.flatnonzero(_column(leads, "IsDeleted"))
    asked = {
        (int(identifier), int(master), int(at))
        for identifier, master, at in zip(
            _column(leads, "Id")[gone], _column(leads, "MasterRecordId")[gone], leads.modified[gone], strict=True
        )
    }
    found = {
        (crm[int(loser.strip("[]"))], crm[int(stays)], int(at))
        for loser, stays, at in zip(
            _column(merges, "merge_ids"), _column(merges, "lead_id"), merges.modified, strict=True
        )
    }
    assert len(found) > 50
    assert found == asked


def test_only_scanners_are_marked_as_bots(company: World, marketo: Tables) -> None:
    flagged = sum(
        int(_column(marketo[f"activity_{name}"], "is_bot_activity").sum()) for name in ("open_email", "click_email")
    )
    assert flagged == company.marketing["is_bot"].sum()
    clicks = marketo["activity_click_email"]
    bots = _column(clicks, "is_bot_activity")
    assert (_column(clicks, "bot_activity_pattern")[bots] != NULL).all()
    assert (_column(clicks, "bot_activity_pattern")[~bots] == NULL).all()


def test_addresses_are_invented(marketo: Tables) -> None:
    emails = _column(marketo["lead"], "email")
    assert all(email.endswith((".example", "@gmail.com")) for email in emails.tolist())


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("table", "file"),
    [
        *((f"activity_{name}", f"activity_{name}") for name in _ACTIVITIES[2:7]),
        ("activity_merge_leads", "activity_merge_leads"),
        ("activity_delete_lead", "activity_delete_lead"),
        ("program", "program"),
        ("lead", "lead"),
    ],
)
def test_columns_are_the_connectors(marketo: Tables, table: str, file: str) -> None:
    with (_FIXTURES / f"marketo_{file}_data.csv").open(encoding="utf-8-sig", newline="") as lines:
        names = set(next(csv.reader(lines)))
    assert names - {"_fivetran_synced"} <= set(marketo[table].columns)


def test_equal_options_give_equal_tables() -> None:
    options = Options(opportunities=80, quarters=2)
    one, two = (build_world(options), build_world(options))
    for left, right in zip(marketo_tables(one, build_ids(one)), marketo_tables(two, build_ids(two)), strict=True):
        assert left.name == right.name
        for name, column in left.columns.items():
            assert (column.as_text() == right.columns[name].as_text()).all(), (left.name, name)
