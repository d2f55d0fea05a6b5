"""Activities as Salesforce exports them; they follow a lead into its contact, and a duplicate into its merger."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, Texts, explode, full, labels, take
from dagster_project.simulate.records.ids import record_ids
from dagster_project.simulate.records.salesforce_campaigns import campaign_tables
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import (
    Column,
    Table,
    day,
    flag,
    instant,
    number,
    record,
    text,
    versions,
)
from dagster_project.simulate.world.activities import (
    CALL,
    CANCELLED,
    DONE,
    EMAIL_IN,
    EMAIL_OUT,
    MEETING,
    NO_SHOW,
)
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.merges import account_at, record_at, refiled_at, rejoined_at

_SUBJECTS = ("Introduction", "Following up", "Your question", "Next steps", "Checking in")


def activity_tables(world: World, ids: Ids) -> list[Table]:
    """Tasks, events with their attendees, e-mails, campaigns and their members."""
    activities = world.activities
    tasks = np.flatnonzero(activities["kind"] != MEETING)
    task_number = full(len(activities["kind"]))
    task_number[tasks] = np.arange(len(tasks))
    return [
        _tasks(world, ids, take(activities, tasks)),
        *_events(world, ids, take(activities, activities["kind"] == MEETING)),
        _emails(world, ids, activities, task_number),
        *campaign_tables(world, ids),
    ]


def _moved_at(world: World, rows: Frame, recorded: Ints) -> Ints:
    """Instant at which conversion moved an activity from lead to contact; NULL where it began on a contact."""
    converted = world.people["converted_at"][rows["person"]]
    return np.where((converted != NULL) & (converted > recorded), converted, NULL)


def _merged_at(world: World, rows: Frame) -> Ints:
    """Instant at which a merge moved an activity from a duplicate of its lead or account; NULL where none did."""
    people, person = world.people, rows["person"]
    account = refiled_at(people, world.accounts, person)
    rejoined = rejoined_at(people, person, rows["booked_at"])
    at = np.where(rejoined == NULL, account, rejoined)
    return np.where(at > rows["booked_at"], at, NULL)


def _parties(world: World, ids: Ids, rows: Frame, index: Ints, at: Ints) -> dict[str, Column]:
    """Who and what an activity is about at an instant; an activity on a lead has neither account nor opportunity."""
    people = world.people
    deal = rows["deal"][index]
    person = record_at(people, rows["person"][index], rows["booked_at"][index], at)
    converted = people["converted_at"][person]
    as_lead = people["is_lead"][person] & (~people["is_contact"][person] | ((converted != NULL) & (at < converted)))
    account = np.where(as_lead, NULL, account_at(people, world.accounts, person, at))
    return {
        "WhoId": record(np.where(as_lead, ids.lead[person], ids.contact[person])),
        "WhatId": record(ids.take(ids.opportunity, np.where(as_lead, NULL, deal))),
        "AccountId": record(ids.take(ids.account, account)),
        "OwnerId": record(ids.user[rows["owner"][index]]),
    }


def _subject(index: Ints) -> Texts:
    return labels(_SUBJECTS, index * 7 % len(_SUBJECTS))


def _tasks(world: World, ids: Ids, rows: Frame) -> Table:
    everyone = np.arange(len(rows["kind"]))
    moved, merged = _moved_at(world, rows, rows["at"]), _merged_at(world, rows)
    index, at = versions((everyone, rows["at"]), (everyone, moved), (everyone, merged))
    kind, result = rows["kind"][index], rows["result"][index]
    call = kind == CALL
    done = rows["at"][index]
    talked = np.where(result == DONE, "Connected", np.where(index % 3 == 0, "Left Voicemail", "No Answer"))
    columns = {
        "Id": record(record_ids("Task", index, world.first_number)),
        **_parties(world, ids, rows, index, at),
        "Subject": text(np.where(call, "Call", np.where(kind == EMAIL_IN, "Email: Re: ", "Email: "))),
        "Description": text(np.full(len(index), "")),
        "Status": text(np.full(len(index), "Completed")),
        "Type": text(np.where(call, "Call", "Email")),
        "TaskSubtype": text(np.where(call, "Call", "Email")),
        "ActivityDate": day(done),
        "CompletedDateTime": instant(done),
        "CallType": text(np.where(call, "Outbound", "")),
        "CallDisposition": text(np.where(call, talked, "")),
        "CallDurationInSeconds": number(np.where(call, rows["seconds"][index], NULL)),
        "IsClosed": flag(np.ones(len(index), dtype=np.bool_)),
        "CreatedDate": instant(done),
        "CreatedById": record(ids.user[rows["owner"][index]]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(np.zeros(len(index), dtype=np.bool_)),
    }
    subject = np.where(call, "Call", np.char.add(columns["Subject"].values, _subject(index)))
    columns["Subject"] = text(subject)
    return Table("salesforce", "Task", index, at, columns)


def _events(world: World, ids: Ids, rows: Frame) -> list[Table]:
    """Meetings, first as booked, then with their outcome; and who was invited: the contact, colleagues, the owner."""
    by_booking = take(rows, np.lexsort((rows["person"], rows["at"], rows["booked_at"])))
    rows = by_booking
    everyone = np.arange(len(rows["kind"]))
    over = rows["at"] + rows["seconds"]
    closed = np.where(over < world.timeline.end, over, NULL)
    booked = rows["booked_at"]
    moved, merged = _moved_at(world, rows, booked), _merged_at(world, rows)
    index, at = versions((everyone, booked), (everyone, closed), (everyone, moved), (everyone, merged))
    result = rows["result"][index]
    outcome = np.where(result == CANCELLED, "Cancelled", np.where(result == NO_SHOW, "No Show", "Held"))
    outcome = np.where((closed[index] != NULL) & (at >= closed[index]), outcome, "Scheduled")
    columns = {
        "Id": record(record_ids("Event", index, world.first_number)),
        **_parties(world, ids, rows, index, at),
        "Subject": text(np.char.add("Meeting: ", _subject(index))),
        "Description": text(np.full(len(index), "")),
        "Type": text(np.full(len(index), "Meeting")),
        "EventSubtype": text(np.full(len(index), "Event")),
        "Outcome__c": text(outcome),
        "StartDateTime": instant(rows["at"][index]),
        "EndDateTime": instant(over[index]),
        "ActivityDateTime": instant(rows["at"][index]),
        "DurationInMinutes": number(rows["seconds"][index] // 60),
        "WhoCount": number(1 + _guests(world, rows)[index]),
        "CreatedDate": instant(booked[index]),
        "CreatedById": record(ids.user[rows["booked_by"][index]]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(np.zeros(len(index), dtype=np.bool_)),
    }
    return [Table("salesforce", "Event", index, at, columns), _relations(world, ids, rows)]


def _guests(world: World, rows: Frame) -> Ints:
    """Further contacts in each meeting: as many of the buying group as were known when it was booked, in order."""
    people = world.people
    sizes = np.bincount(people["deal"][people["deal"] != NULL], minlength=len(world.deals["created"]))
    known = np.where(rows["deal"] == NULL, 0, sizes[np.maximum(rows["deal"], 0)] - 1)
    return np.minimum(rows["guests"], known)


def _relations(world: World, ids: Ids, rows: Frame) -> Table:
    people = world.people
    guests = _guests(world, rows)
    index, place = explode(2 + guests)
    booked = rows["booked_at"][index]
    # The first relation is the person met, the second the owner, the others are the group's next people.
    deal = np.maximum(rows["deal"][index], 0)
    other = world.primary[deal] + place - 1
    other = np.where(other == rows["person"][index], world.primary[deal], other)
    person = np.where(place == 0, rows["person"][index], np.where(place == 1, 0, other))
    usable = (place < 2) | (people["is_contact"][person] & (ids.contact_created[person] <= booked))
    index, place, person = index[usable], place[usable], person[usable]
    booked = rows["booked_at"][index]
    everyone = np.arange(len(index))
    moved = np.where(place == 0, _moved_at(world, rows, rows["booked_at"])[index], NULL)
    rejoined = np.where(place == 0, rejoined_at(people, rows["person"], rows["booked_at"])[index], NULL)
    row, at = versions((everyone, booked), (everyone, moved), (everyone, rejoined))
    who = _parties(world, ids, rows, index[row], at)["WhoId"].values
    relation = np.where(place[row] == 0, who, ids.contact[person[row]])
    relation = np.where(place[row] == 1, ids.user[rows["owner"][index[row]]], relation)
    columns = {
        "Id": record(record_ids("EventRelation", row, world.first_number)),
        "EventId": record(record_ids("Event", index[row], world.first_number)),
        "RelationId": record(relation),
        "IsInvitee": flag(place[row] > 0),
        "IsParent": flag(place[row] == 0),
        "IsWhat": flag(np.zeros(len(row), dtype=np.bool_)),
        "Status": text(np.where(place[row] == 0, "", "Accepted")),
        "CreatedDate": instant(booked[row]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(np.zeros(len(row), dtype=np.bool_)),
    }
    return Table("salesforce", "EventRelation", row, at, columns)


def _emails(world: World, ids: Ids, activities: Frame, task_number: Ints) -> Table:
    """E-mails that the mail server recorded: every answer, and most of what was sent; each has its task."""
    kind = activities["kind"]
    synced = (kind == EMAIL_IN) | ((kind == EMAIL_OUT) & (np.arange(len(kind)) % 5 < 3))
    index = np.flatnonzero(synced)
    rows = take(activities, index)
    incoming = rows["kind"] == EMAIL_IN
    people, person = world.people, rows["person"]
    owner_email = ids.user_email[rows["owner"]]
    as_contact = people["is_contact"][person] & (ids.contact_created[person] <= rows["at"])
    related = np.where(as_contact, ids.take(ids.account, people["account"][person]), NULL)
    related = np.where(rows["deal"] == NULL, related, ids.take(ids.opportunity, rows["deal"]))
    key = np.arange(len(index))
    columns = {
        "Id": record(record_ids("EmailMessage", key, world.first_number)),
        "ParentId": record(full(len(key))),
        "RelatedToId": record(related),
        "ActivityId": record(record_ids("Task", task_number[index], world.first_number)),
        "FromAddress": text(np.where(incoming, ids.email[person], owner_email)),
        "ToAddress": text(np.where(incoming, owner_email, ids.email[person])),
        "Subject": text(_subject(task_number[index])),
        "Incoming": flag(incoming),
        "Status": text(np.where(incoming, "1", "3")),
        "MessageDate": instant(rows["at"]),
        "CreatedDate": instant(rows["at"]),
        "CreatedById": record(ids.user[rows["owner"]]),
        "SystemModstamp": instant(rows["at"]),
        "IsDeleted": flag(np.zeros(len(key), dtype=np.bool_)),
    }
    return Table("salesforce", "EmailMessage", key, rows["at"], columns)
