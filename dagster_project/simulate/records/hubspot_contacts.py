"""Contacts as HubSpot's connector lands them, and the history of their properties.

A lead is a contact on its way: its lifecycle stage says how far it came, `hs_lead_status` what was done about it. So a
lead that converts gives no second record, and its source is relabeled on the contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dagster_project.simulate.frames import NULL, Frame, Ints, Texts, as_of, first_per, full
from dagster_project.simulate.records.arrow import texts
from dagster_project.simulate.records.generic_changes import changed_values
from dagster_project.simulate.records.hubspot_ids import (
    contact_ids,
    hubspot_ids,
    named_users,
    people_of,
    synced,
    user_ids,
)
from dagster_project.simulate.records.hubspot_merges import merges
from dagster_project.simulate.records.hubspot_people import split_names
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column, Table, flag, instant, label, number, text, versions
from dagster_project.simulate.vocabulary import SOURCES
from dagster_project.simulate.world.build import World, outcome
from dagster_project.simulate.world.demand import HAND_RAISE

_LIFECYCLE = ("lead", "marketingqualifiedlead", "opportunity", "customer")
_STATUSES = ("NEW", "IN_PROGRESS", "UNQUALIFIED", "OPEN_DEAL")
_LEAD_WORDS = ("Open - Not Contacted", "Working - Contacted", "Unqualified", "Closed - Converted")
_OF_LEADS = ("CreatedDate", "CreatedById", "OwnerId", "LeadSource", "Status", "IsDeleted")
_OF_CONTACTS = ("CreatedDate", "CreatedById", "LeadSource", "AccountId")
_TRACKED = ("lifecyclestage", "hs_lead_status", "contact_source", "hubspot_owner_id", "associatedcompanyid")


def contact_tables(world: World, ids: Ids, crm: Mapping[str, Table]) -> list[Table]:
    """Contacts, and the history of some of their properties where fields are tracked."""
    rows = _versions(world, ids, crm)
    properties = _properties(world, ids, rows)
    contact = {
        "id": number(contact_ids(world, rows["person"])),
        "_fivetran_deleted": flag(rows["deleted"]),
        **{f"property_{name}": column for name, column in properties.items()},
        "property_lastmodifieddate": instant(rows["at"]),
        "_fivetran_synced": instant(synced(rows["at"])),
    }
    tables = [Table("hubspot", "contact", rows["person"], rows["at"], contact)]
    if world.options.field_history:
        tables.append(_history(world, ids, crm["LeadHistory"], rows, properties))
    return tables


@dataclass(frozen=True)
class _Records:
    """Versions of leads or contacts by person and instant."""

    person: Ints
    at: Ints
    columns: Mapping[str, Column]

    @classmethod
    def of(cls, table: Table, own: Ints, names: Sequence[str]) -> _Records:
        """The versions of the people whose record ids are `own`."""
        person = people_of(own, table.columns["Id"].values)
        order = np.lexsort((table.modified, person))
        order = order[person[order] != NULL]
        columns = {name: table.columns[name].take(order) for name in names}
        return cls(person[order], table.modified[order], columns)

    def rows(self, person: Ints, at: Ints) -> Ints:
        """Version in force of each person at each instant; NULL where there is none yet."""
        return as_of(self.person, self.at, np.arange(len(self.at)), person, at)

    def values(self, name: str, row: Ints) -> Ints:
        """A column of ids or codes at rows; NULL for NULL."""
        column = np.append(self.columns[name].values, NULL)
        return column[np.where(row == NULL, len(column) - 1, row)]


def _versions(world: World, ids: Ids, crm: Mapping[str, Table]) -> Frame:
    """Everything that a contact's properties are told from, by person and instant."""
    leads = _Records.of(crm["Lead"], ids.lead, _OF_LEADS)
    contacts = _Records.of(crm["Contact"], ids.contact, _OF_CONTACTS)
    winner, loser, merged_at = merges(crm["Lead"])
    winner, loser = people_of(ids.lead, winner), people_of(ids.lead, loser)
    order = np.lexsort((merged_at, winner))
    winner, loser, merged_at = winner[order], loser[order], merged_at[order]
    reached = _reached(world, ids)
    everyone = np.arange(len(ids.email))
    records = ((leads.person, leads.at), (contacts.person, contacts.at), (winner, merged_at))
    person, at = versions(*records, *((everyone, since) for since in reached))
    lead, contact = leads.rows(person, at), contacts.rows(person, at)
    known = (lead != NULL) | (contact != NULL)
    person, at, lead, contact = person[known], at[known], lead[known], contact[known]
    stage = full(len(person), 0)
    for code, since in enumerate(reached):
        stage[(since[person] != NULL) & (at >= since[person])] = code + 1
    first = np.append(True, person[1:] != person[:-1])[: len(person)]
    born = np.flatnonzero(first)[np.cumsum(first) - 1]
    created = leads.values("CreatedDate", lead[born])
    gone = np.append(leads.columns["IsDeleted"].values, False)
    status = np.append(_codes(leads.columns["Status"].as_text()), NULL)
    return {
        "person": person,
        "at": at,
        "created": np.where(created == NULL, contacts.values("CreatedDate", contact[born]), created),
        "deleted": gone[np.where(lead == NULL, -1, lead)],
        "stage": stage,
        "status": status[np.where(lead == NULL, len(status) - 1, lead)],
        "source": np.where(lead == NULL, contacts.values("LeadSource", contact), leads.values("LeadSource", lead)),
        "owner": np.where(lead == NULL, contacts.values("CreatedById", contact), leads.values("OwnerId", lead)),
        "creator": np.where(lead == NULL, contacts.values("CreatedById", contact), leads.values("CreatedById", lead)),
        "account": contacts.values("AccountId", contact),
        "merged": as_of(winner, merged_at, loser, person, at),
    }


def _reached(world: World, ids: Ids) -> tuple[Ints, Ints, Ints]:
    """When each person raised a hand, came to an opportunity, and to a sale; NULL: never."""
    people, touches = world.people, world.touches
    asked = touches["level"] == HAND_RAISE
    raised = first_per(touches["person"][asked], touches["at"][asked], len(ids.email), NULL)
    deal = np.maximum(people["deal"], 0)
    won_at, _ = outcome(world)
    joined = (people["deal"] != NULL) & people["is_contact"]
    since = np.where(joined, np.maximum(ids.contact_created, world.deals["created"][deal]), NULL)
    sold = np.where(joined & (won_at[deal] != NULL), np.maximum(since, won_at[deal]), NULL)
    return raised, since, np.where(sold < world.timeline.end, sold, NULL)


def _codes(words: Texts) -> Ints:
    found = full(len(words))
    for code, word in enumerate(_LEAD_WORDS):
        found[words == word] = code
    return found


def _properties(world: World, ids: Ids, rows: Frame) -> dict[str, Column]:
    person = rows["person"]
    first_name, last_name = split_names(ids.person_name)
    by_person = pa.array(person)
    merged = contact_ids(world, rows["merged"])
    return {
        "email": text(texts(ids.email).take(by_person)),
        "firstname": text(texts(first_name).take(by_person)),
        "lastname": text(texts(last_name).take(by_person)),
        "lifecyclestage": label(_LIFECYCLE, rows["stage"]),
        "hs_lead_status": label(_STATUSES, rows["status"]),
        "hubspot_owner_id": number(hubspot_ids(world, ids, rows["owner"])),
        "associatedcompanyid": number(hubspot_ids(world, ids, rows["account"])),
        "createdate": instant(rows["created"]),
        "hs_created_by_user_id": number(user_ids(hubspot_ids(world, ids, rows["creator"]))),
        "hs_merged_object_ids": number(merged),
        "contact_source": label(SOURCES, rows["source"]),
    }


def _history(world: World, ids: Ids, lead_history: Table, rows: Frame, properties: Mapping[str, Column]) -> Table:
    """Every value that a tracked property took; who changed it is known where the CRM kept a lead's history."""
    tracked = {name: properties[name] for name in _TRACKED}
    table = Table("hubspot", "contact", rows["person"], rows["at"], tracked)
    found = changed_values(table, tracked, _TRACKED)
    index = found.row
    person, at = rows["person"][index], rows["at"][index]
    edited = _edited(ids, lead_history, person, at)
    by = np.where(edited == NULL, rows["creator"][index], edited)
    columns = {
        "contact_id": number(contact_ids(world, person)),
        "name": label(_TRACKED, found.field),
        "value": text(found.new),
        "timestamp": instant(at),
        "source": label(("CRM_UI",), full(len(index), 0)),
        "source_id": named_users(user_ids(hubspot_ids(world, ids, by))),
        "_fivetran_synced": instant(synced(at)),
    }
    return Table("hubspot", "contact_property_history", np.arange(len(index)), at, columns)


def _edited(ids: Ids, history: Table, person: Ints, at: Ints) -> Ints:
    """Who edited the lead of each person at an instant, a relabel before all else; NULL where nobody did."""
    edited = people_of(ids.lead, history.columns["LeadId"].values)
    relabel = history.columns["Field"].as_text() == "LeadSource"
    order = np.lexsort((relabel, history.modified, edited))
    order = order[edited[order] != NULL]
    row = as_of(edited[order], history.modified[order], order, person, at)
    happened = (row != NULL) & (history.modified[np.maximum(row, 0)] == at)
    return np.where(happened, history.columns["CreatedById"].values[np.maximum(row, 0)], NULL)
