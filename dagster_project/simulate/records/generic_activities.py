"""What sales people did with people outside, as flat files.

An e-mail that the CRM keeps twice, as a task and as the mail server's record, is one activity here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, concat, full, take
from dagster_project.simulate.records.ids import PREFIXES, entities_of
from dagster_project.simulate.records.tables import Table, flag, instant, label, number, record, text

_KINDS = ("email", "call", "meeting")
_EMAIL, _CALL, _MEETING = range(len(_KINDS))


def activities(crm: Mapping[str, Table]) -> Table:
    """Calls, e-mails and meetings, by activity and version."""
    rows = concat([_from_tasks(crm["Task"], crm["EmailMessage"]), _from_events(crm["Event"], crm["EventRelation"])])
    rows = take(rows, np.lexsort((rows["modified"], rows["id"])))
    new = np.append(True, rows["id"][1:] != rows["id"][:-1])
    who, what = rows["who"], rows["what"]
    columns = {
        "activity_id": record(rows["id"]),
        "activity_type": label(_KINDS, rows["kind"]),
        "direction": text(np.where(rows["incoming"], "in", "out")),
        "status": text(rows["status"]),
        "occurred_at": instant(rows["at"]),
        "ended_at": instant(np.where(rows["seconds"] == NULL, NULL, rows["at"] + rows["seconds"])),
        "duration_seconds": number(rows["seconds"]),
        "owner_id": record(rows["owner"]),
        "created_by_id": record(rows["creator"]),
        "account_id": record(rows["account"]),
        "contact_id": record(np.where(is_entity(who, "Contact"), who, NULL)),
        "lead_id": record(np.where(is_entity(who, "Lead"), who, NULL)),
        "opportunity_id": record(np.where(is_entity(what, "Opportunity"), what, NULL)),
        "external_attendee_count": number(rows["attendees"]),
        "created_at": instant(rows["created"]),
        "modified_at": instant(rows["modified"]),
        "is_deleted": flag(rows["deleted"]),
    }
    return Table("generic", "activities", np.cumsum(new) - 1, rows["modified"], columns)


def is_entity(ids: Ints, entity: str) -> Flags:
    """Whether each id is one of the object's."""
    return entities_of(ids) == list(PREFIXES).index(entity)


def _from_tasks(tasks: Table, emails: Table) -> Frame:
    """Logged calls and e-mails; those that the mail server recorded under its id, with its direction and status."""
    columns = {name: column.values for name, column in tasks.columns.items()}
    mail, found = _positions(emails.columns["ActivityId"].values, columns["Id"])
    call = tasks.columns["TaskSubtype"].as_text() == "Call"
    related = np.where(found, emails.columns["RelatedToId"].values[mail], NULL)
    disposition, status = tasks.columns["CallDisposition"].as_text(), tasks.columns["Status"].as_text()
    own = np.where(disposition == "", status, disposition)
    return {
        "id": np.where(found, emails.columns["Id"].values[mail], columns["Id"]),
        "kind": np.where(call, _CALL, _EMAIL),
        "incoming": found & emails.columns["Incoming"].values[mail],
        "status": np.where(found, emails.columns["Status"].as_text()[mail], own),
        "at": columns["CompletedDateTime"],
        "seconds": columns["CallDurationInSeconds"],
        "owner": columns["OwnerId"],
        "creator": columns["CreatedById"],
        "account": columns["AccountId"],
        "who": columns["WhoId"],
        "what": np.where(is_entity(related, "Opportunity"), related, columns["WhatId"]),
        "attendees": full(len(call)),
        "created": columns["CreatedDate"],
        "modified": tasks.modified,
        "deleted": columns["IsDeleted"],
    }


def _from_events(events: Table, relations: Table) -> Frame:
    columns = {name: column.values for name, column in events.columns.items()}
    return {
        "id": columns["Id"],
        "kind": full(len(events.key), _MEETING),
        "incoming": np.zeros(len(events.key), dtype=np.bool_),
        "status": events.columns["Outcome__c"].as_text(),
        "at": columns["StartDateTime"],
        "seconds": columns["DurationInMinutes"] * 60,
        "owner": columns["OwnerId"],
        "creator": columns["CreatedById"],
        "account": columns["AccountId"],
        "who": columns["WhoId"],
        "what": columns["WhatId"],
        "attendees": _attendees(columns["Id"], relations),
        "created": columns["CreatedDate"],
        "modified": events.modified,
        "deleted": columns["IsDeleted"],
    }


def _attendees(events: Ints, relations: Table) -> Ints:
    """People from outside in each meeting: leads and contacts among its invitees who didn't decline."""
    event, _, _ = external_relations(relations)
    known, counts = np.unique(event, return_counts=True)
    position, found = _positions(known, events)
    return np.where(found, counts[position], 0)


def external_relations(relations: Table) -> tuple[Ints, Ints, Ints]:
    """Meeting, lead or contact, and instant of invitation of everybody from outside who hasn't declined."""
    rows = relations.newest(0, 2**40)
    columns = {name: column.take(rows) for name, column in relations.columns.items()}
    who = columns["RelationId"].values
    outside = (
        (is_entity(who, "Lead") | is_entity(who, "Contact")) & ~columns["IsWhat"].values & ~columns["IsDeleted"].values
    )
    outside &= columns["Status"].as_text() != "Declined"
    return columns["EventId"].values[outside], who[outside], columns["CreatedDate"].values[outside]


def _positions(sought_in: Ints, ids: Ints) -> tuple[Ints, Flags]:
    """Where each id stands in `sought_in`, and whether it does (any position where it doesn't)."""
    order = np.argsort(sought_in, kind="stable")
    if not len(order):
        return full(len(ids), 0), np.zeros(len(ids), dtype=np.bool_)
    place = np.minimum(np.searchsorted(sought_in[order], ids), len(order) - 1)
    position = order[place]
    return position, sought_in[position] == ids
