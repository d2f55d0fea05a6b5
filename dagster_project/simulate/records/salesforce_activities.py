"""Activities and campaigns as Salesforce exports them; a converted lead's activities move to its contact, as there."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, Texts, explode, full, labels, rank_by, take
from dagster_project.simulate.records.ids import record_ids
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import (
    Column,
    Table,
    cents,
    day,
    flag,
    instant,
    label,
    number,
    record,
    text,
    versions,
)
from dagster_project.simulate.timeline import HOUR
from dagster_project.simulate.vocabulary import CAMPAIGN_TYPES, CURRENCIES, TRADE_SHOW
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
from dagster_project.simulate.world.demand import HAND_RAISE, INTEREST, QUIET

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
        *([_campaigns(world, ids)] if world.is_first else []),
        _members(world, ids),
    ]


def _moved_at(world: World, rows: Frame, recorded: Ints) -> Ints:
    """Instant at which conversion moved an activity from lead to contact; NULL where it began on a contact."""
    converted = world.people["converted_at"][rows["person"]]
    return np.where((converted != NULL) & (converted > recorded), converted, NULL)


def _parties(world: World, ids: Ids, rows: Frame, index: Ints, at: Ints) -> dict[str, Column]:
    """Who and what an activity is about at an instant; an activity on a lead has neither account nor opportunity."""
    people = world.people
    person, deal = rows["person"][index], rows["deal"][index]
    converted = people["converted_at"][person]
    as_lead = people["is_lead"][person] & (~people["is_contact"][person] | ((converted != NULL) & (at < converted)))
    account = np.where(as_lead, NULL, people["account"][person])
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
    index, at = versions((everyone, rows["at"]), (everyone, _moved_at(world, rows, rows["at"])))
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
    index, at = versions((everyone, booked), (everyone, closed), (everyone, _moved_at(world, rows, booked)))
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
        "CreatedById": record(ids.user[rows["owner"][index]]),
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
    row, at = versions((everyone, booked), (everyone, moved))
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


def _campaigns(world: World, ids: Ids) -> Table:
    campaigns = world.campaigns
    everyone = np.arange(len(campaigns["type"]))
    over = campaigns["ends_at"] + 20 * HOUR
    row, at = versions((everyone, campaigns["created"]), (everyone, over))
    ended = at >= over[row]
    kind = campaigns["type"][row]
    starts = campaigns["starts_at"][row].astype("datetime64[s]").astype("datetime64[M]")
    name = np.char.add(
        np.char.add(labels([item.name for item in CAMPAIGN_TYPES], kind), " "), np.datetime_as_string(starts)
    )
    columns = {
        "Id": record(ids.campaign[row]),
        "Name": text(name),
        "Type": label([item.name for item in CAMPAIGN_TYPES], kind),
        "Status": text(np.where(ended, "Completed", "In Progress")),
        "StartDate": day(campaigns["starts_at"][row]),
        "EndDate": day(campaigns["ends_at"][row]),
        "BudgetedCost": cents(campaigns["budget"][row]),
        "ActualCost": cents(np.where(ended, campaigns["cost"][row], NULL)),
        "CurrencyIsoCode": text(np.full(len(row), CURRENCIES[0])),
        "OwnerId": record(ids.user[campaigns["owner"][row]]),
        "CreatedDate": instant(campaigns["created"][row]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(np.zeros(len(row), dtype=np.bool_)),
    }
    return Table("salesforce", "Campaign", row, at, columns)


def _members(world: World, ids: Ids) -> Table:
    """Campaign members as added, as responded, and with the contact once a lead has converted."""
    touches, people = world.touches, world.people
    person = touches["person"]
    everyone = np.arange(len(person))
    responded = touches["level"] >= INTEREST
    answered = np.where(responded & (touches["at"] > touches["added_at"]), touches["at"], NULL)
    converted = people["converted_at"][person]
    moved = np.where((converted != NULL) & (converted > touches["added_at"]), converted, NULL)
    row, at = versions((everyone, touches["added_at"]), (everyone, answered), (everyone, moved))
    numbers = rank_by(touches["added_at"], everyone)
    who = person[row]
    as_contact = people["is_contact"][who] & (at >= np.where(converted[row] == NULL, at, converted[row]))
    has_answered = _answered(touches, row, at)
    columns = {
        "Id": record(record_ids("CampaignMember", numbers[row], world.first_number)),
        "CampaignId": record(ids.campaign[touches["campaign"][row]]),
        "LeadId": record(ids.lead[who]),
        "ContactId": record(np.where(as_contact, ids.contact[who], NULL)),
        "Status": text(_status(touches, row, has_answered)),
        "HasResponded": flag(has_answered),
        "FirstRespondedDate": day(np.where(has_answered, touches["at"][row], NULL)),
        "CreatedDate": instant(touches["added_at"][row]),
        "CreatedById": record(ids.user[world.campaigns["owner"][touches["campaign"][row]]]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(np.zeros(len(row), dtype=np.bool_)),
    }
    return Table("salesforce", "CampaignMember", numbers[row], at, columns)


def _answered(touches: Frame, row: Ints, at: Ints) -> Flags:
    return (touches["level"][row] >= INTEREST) & (at >= touches["at"][row])


def _status(touches: Frame, row: Ints, answered: Flags) -> Texts:
    """Member status by campaign type and level; trade shows count the booth's visitors and, less, the hall's."""
    kind = touches["kind"][row]
    level = np.where(answered, touches["level"][row], QUIET)
    words = [np.array([getattr(item, name) for item in CAMPAIGN_TYPES]) for name in ("quiet", "interest", "hand_raise")]
    status = np.where(level == HAND_RAISE, words[2][kind], np.where(level == INTEREST, words[1][kind], words[0][kind]))
    hall = (kind == TRADE_SHOW) & (level == INTEREST) & (row % 4 == 0)
    opened = (status == "Sent") & (row % 3 == 0)
    return np.where(hall, "Attended", np.where(opened, "Opened", status))
