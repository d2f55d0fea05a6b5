"""Engagements as HubSpot's connector lands them: calls, e-mails, meetings, tasks, and whom and what each is about.

An e-mail that no mailbox recorded, only somebody's task, is a completed task of type EMAIL.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, Texts, full
from dagster_project.simulate.records.generic_activities import activities, external_relations, is_entity
from dagster_project.simulate.records.hubspot_ids import PORTAL, hubspot_ids, synced, user_ids
from dagster_project.simulate.records.hubspot_links import Links, links, with_lasting
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column, Table, instant, label, number, text
from dagster_project.simulate.world.build import World

_TYPES = ("CALL", "EMAIL", "MEETING", "TASK")
_CALL, _EMAIL, _MEETING, _TASK = range(len(_TYPES))
# Kinds of association between an engagement of each type and a contact, company and deal.
_TO_CONTACT, _TO_COMPANY, _TO_DEAL = (194, 198, 200, 204), (182, 186, 188, 192), (206, 210, 212, 216)
# HubSpot's own call outcomes: connected, left voicemail, no answer.
_DISPOSITIONS = {
    "Connected": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "Left Voicemail": "b2cf5968-551e-4856-9783-52b3da59a7d0",
    "No Answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
}
_OUTCOMES = {"Scheduled": "SCHEDULED", "Held": "COMPLETED", "Cancelled": "CANCELED", "No Show": "NO_SHOW"}


def engagement_tables(world: World, ids: Ids, crm: Mapping[str, Table]) -> list[Table]:
    """Engagements, the properties of each type, and their associations."""
    every = activities(crm)
    record = every.columns["activity_id"].values
    engagement = hubspot_ids(world, ids, record)
    kind = np.select(
        [
            is_entity(record, "Event"),
            is_entity(record, "EmailMessage"),
            every.columns["activity_type"].as_text() == "call",
        ],
        [_MEETING, _EMAIL, _CALL],
        _TASK,
    )
    first = np.append(True, every.key[1:] != every.key[:-1])[: len(every.key)]
    tables = [_engagements(every, engagement, kind, np.flatnonzero(first))]
    for code, build in ((_CALL, _calls), (_EMAIL, _emails), (_MEETING, _meetings), (_TASK, _tasks)):
        # Only a meeting is edited; other engagements are moved between records, which associations tell.
        rows = np.flatnonzero((kind == code) & (first | (code == _MEETING)))
        columns = {name: column.take(rows) for name, column in every.columns.items()}
        shared = _shared(world, ids, columns, engagement[rows], code)
        name = f"engagement_{_TYPES[code].lower()}"
        tables.append(Table("hubspot", name, every.key[rows], every.modified[rows], shared | build(columns)))
    return tables + _associations(world, ids, every, engagement, kind, crm["EventRelation"])


def _engagements(every: Table, engagement: Ints, kind: Ints, rows: Ints) -> Table:
    columns = {
        "id": number(engagement[rows]),
        "type": label(_TYPES, kind[rows]),
        "portal_id": number(np.full(len(rows), PORTAL)),
        "_fivetran_synced": instant(synced(every.modified[rows])),
    }
    return Table("hubspot", "engagement", every.key[rows], every.modified[rows], columns)


def _shared(world: World, ids: Ids, columns: Mapping[str, Column], engagement: Ints, kind: int) -> dict[str, Column]:
    modified = columns["modified_at"].values
    creator = hubspot_ids(world, ids, columns["created_by_id"].values)
    return {
        "engagement_id": number(engagement),
        "type": label(_TYPES, full(len(engagement), kind)),
        "property_hs_timestamp": columns["occurred_at"],
        "property_hs_createdate": columns["created_at"],
        "property_hs_lastmodifieddate": instant(modified),
        "property_hubspot_owner_id": number(hubspot_ids(world, ids, columns["owner_id"].values)),
        "property_hs_created_by_user_id": number(user_ids(creator)),
        "_fivetran_deleted": columns["is_deleted"],
        "_fivetran_synced": instant(synced(modified)),
    }


def _calls(columns: Mapping[str, Column]) -> dict[str, Column]:
    status, seconds = columns["status"].as_text(), columns["duration_seconds"].values
    return {
        "property_hs_call_direction": text(np.where(columns["direction"].as_text() == "in", "INBOUND", "OUTBOUND")),
        "property_hs_call_disposition": text(_translated(status, _DISPOSITIONS)),
        "property_hs_call_duration": number(np.where(seconds == NULL, NULL, seconds * 1000)),
        "property_hs_call_status": text(np.where(status == "Connected", "COMPLETED", "NO_ANSWER")),
    }


def _emails(columns: Mapping[str, Column]) -> dict[str, Column]:
    incoming = columns["direction"].as_text() == "in"
    return {
        "property_hs_email_direction": text(np.where(incoming, "INCOMING_EMAIL", "EMAIL")),
        "property_hs_email_status": text(np.full(len(incoming), "SENT")),
    }


def _meetings(columns: Mapping[str, Column]) -> dict[str, Column]:
    return {
        "property_hs_meeting_outcome": text(_translated(columns["status"].as_text(), _OUTCOMES)),
        "property_hs_meeting_start_time": columns["occurred_at"],
        "property_hs_meeting_end_time": columns["ended_at"],
    }


def _tasks(columns: Mapping[str, Column]) -> dict[str, Column]:
    count = len(columns["status"].values)
    return {
        "property_hs_task_type": text(np.full(count, "EMAIL")),
        "property_hs_task_status": text(np.full(count, "COMPLETED")),
        "property_hs_task_completion_date": columns["occurred_at"],
    }


def _translated(words: Texts, known: Mapping[str, str]) -> Texts:
    found = np.full(len(words), "", dtype="<U36")
    for word, written in known.items():
        found[words == word] = written
    return found


def _associations(world: World, ids: Ids, every: Table, engagement: Ints, kind: Ints, relations: Table) -> list[Table]:
    columns = every.columns
    contact, lead = columns["contact_id"].values, columns["lead_id"].values
    person = hubspot_ids(world, ids, np.where(contact == NULL, lead, contact))
    meeting, guest, since = external_relations(relations)
    people = with_lasting(
        links(engagement, person, every.modified),
        hubspot_ids(world, ids, meeting),
        hubspot_ids(world, ids, guest),
        since,
    )
    company = links(engagement, hubspot_ids(world, ids, columns["account_id"].values), every.modified)
    deal = links(engagement, hubspot_ids(world, ids, columns["opportunity_id"].values), every.modified)
    known, place = np.unique(engagement, return_index=True)
    return [
        _association(name, found, kind[place[np.searchsorted(known, found.left)]], kinds)
        for name, found, kinds in (
            ("contact", people, _TO_CONTACT),
            ("company", company, _TO_COMPANY),
            ("deal", deal, _TO_DEAL),
        )
    ]


def _association(name: str, found: Links, kind: Ints, kinds: tuple[int, ...]) -> Table:
    columns = {
        f"{name}_id": number(found.right),
        "engagement_id": number(found.left),
        "engagement_type": label(_TYPES, kind),
        **found.columns(np.array(kinds)[kind]),
    }
    return Table("hubspot", f"engagement_{name}", found.pair, found.at, columns)
