"""HubSpot's record ids: numbers, a range per object. They are made from the Salesforce ids of the same records.

A lead and the contact that it became are one contact in HubSpot, numbered by the person.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, full
from dagster_project.simulate.records.ids import PREFIXES, entities_of, numbers_of
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column, Table, label, number
from dagster_project.simulate.world.build import World

PORTAL = 4_127_653
# First id of each object's range, by the Salesforce object that the record is there.
_RANGES = {
    "Account": 10_000_000_000,
    "Contact": 20_000_000_000,
    "Lead": 20_000_000_000,
    "Opportunity": 30_000_000_000,
    "Task": 40_000_000_000,
    "Event": 50_000_000_000,
    "EmailMessage": 60_000_000_000,
    "Campaign": 300_000_000,
    "CampaignMember": 70_000_000_000,
    "User": 40_000_000,
}
_USERS = 5_000_000
_STARTS = np.array([_RANGES.get(entity, NULL) for entity in PREFIXES])


def hubspot_ids(world: World, ids: Ids, records: Ints) -> Ints:
    """Ids in HubSpot of records by their Salesforce ids; NULL for NULL. A user's is the owner id."""
    entity = np.where(records == NULL, 0, entities_of(records))
    found = _STARTS[entity] + numbers_of(records) + 1
    names = list(PREFIXES)
    for name, own in (("Lead", ids.lead), ("Contact", ids.contact)):
        rows = np.flatnonzero((entity == names.index(name)) & (records != NULL))
        if len(rows):
            found[rows] = contact_ids(world, people_of(own, records[rows]))
    return np.where(records == NULL, NULL, found)


def deal_ids(world: World, deal: Ints) -> Ints:
    """Deal id by row; rows past the world's deals are HubSpot's own."""
    return np.where(deal == NULL, NULL, _RANGES["Opportunity"] + world.first_number + deal + 1)


def contact_ids(world: World, person: Ints) -> Ints:
    """Contact id of people by row; NULL for NULL."""
    return np.where(person == NULL, NULL, _RANGES["Contact"] + world.first_number + person + 1)


def user_ids(owners: Ints) -> Ints:
    """The id that HubSpot gives to a user beside the owner id."""
    return np.where(owners == NULL, NULL, owners - _RANGES["User"] + _USERS)


def named_users(users: Ints) -> Column:
    """Who made a change, as histories write it: `userId:<id>`, '' for NULL."""
    place = np.where(users == NULL, NULL, users - _USERS)
    count = max(int(place.max(initial=0)), 0) + 1
    return label([f"userId:{_USERS + number}" for number in range(count)], place)


def people_of(own: Ints, records: Ints) -> Ints:
    """Row of the person whose lead or contact id (`own`, by row) each record is; NULL where it is nobody's."""
    order = np.argsort(own, kind="stable")
    place = order[np.minimum(np.searchsorted(own[order], records), len(order) - 1)] if len(order) else full(0)
    return np.where((records != NULL) & (own[place] == records), place, NULL)


def with_hubspot_ids(world: World, ids: Ids, table: Table) -> Table:
    """A table of another system beside HubSpot: its ids are HubSpot's, and whoever was a lead is a contact."""
    columns: dict[str, Column] = {}
    for name, column in table.columns.items():
        columns[name] = number(hubspot_ids(world, ids, column.values)) if column.kind == "record" else column
    if {"lead_id", "contact_id"} <= columns.keys():  # both are contacts
        lead, contact = columns.pop("lead_id").values, columns["contact_id"].values
        columns["contact_id"] = number(np.where(contact == NULL, lead, contact))
    return Table(table.source, table.name, table.key, table.modified, columns)


def synced(at: Ints) -> Ints:
    """When the connector brought what changed at an instant: the next quarter of an hour, of the same day at least."""
    quarter = (at // 900 + 1) * 900 + 41
    return np.minimum(quarter, at // 86_400 * 86_400 + 86_399)
