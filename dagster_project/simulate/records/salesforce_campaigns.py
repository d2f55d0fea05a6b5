"""Campaigns and their members as Salesforce exports them; members follow a lead into its contact or its merger."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, Texts, labels, rank_by
from dagster_project.simulate.records.ids import record_ids
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Table, cents, day, flag, instant, label, record, text, versions
from dagster_project.simulate.timeline import HOUR
from dagster_project.simulate.vocabulary import CAMPAIGN_TYPES, CURRENCIES, TRADE_SHOW
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.demand import HAND_RAISE, INTEREST, QUIET
from dagster_project.simulate.world.merges import record_at, rejoined_at


def campaign_tables(world: World, ids: Ids) -> list[Table]:
    """Campaigns, which all blocks share, and their members."""
    return [*([_campaigns(world, ids)] if world.is_first else []), _members(world, ids)]


def campaign_names(world: World) -> Texts:
    """Name of each campaign, such as `Webinar 2025-04`."""
    starts = world.campaigns["starts_at"].astype("datetime64[s]").astype("datetime64[M]")
    kind = labels([item.name for item in CAMPAIGN_TYPES], world.campaigns["type"])
    return np.char.add(np.char.add(kind, " "), np.datetime_as_string(starts))


def _campaigns(world: World, ids: Ids) -> Table:
    campaigns = world.campaigns
    everyone = np.arange(len(campaigns["type"]))
    over = campaigns["ends_at"] + 20 * HOUR
    row, at = versions((everyone, campaigns["created"]), (everyone, over))
    ended = at >= over[row]
    kind = campaigns["type"][row]
    columns = {
        "Id": record(ids.campaign[row]),
        "Name": text(campaign_names(world)[row]),
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
    rejoined = rejoined_at(people, person, touches["added_at"])
    row, at = versions((everyone, touches["added_at"]), (everyone, answered), (everyone, moved), (everyone, rejoined))
    numbers = rank_by(touches["added_at"], everyone)
    who = person[row]
    as_contact = people["is_contact"][who] & (at >= np.where(converted[row] == NULL, at, converted[row]))
    answered_by = has_answered(touches, row, at)
    columns = {
        "Id": record(record_ids("CampaignMember", numbers[row], world.first_number)),
        "CampaignId": record(ids.campaign[touches["campaign"][row]]),
        "LeadId": record(ids.lead[record_at(people, who, touches["added_at"][row], at)]),
        "ContactId": record(np.where(as_contact, ids.contact[who], NULL)),
        "Status": text(member_status(touches, row, answered_by)),
        "HasResponded": flag(answered_by),
        "FirstRespondedDate": day(np.where(answered_by, touches["at"][row], NULL)),
        "CreatedDate": instant(touches["added_at"][row]),
        "CreatedById": record(ids.user[world.campaigns["owner"][touches["campaign"][row]]]),
        "SystemModstamp": instant(at),
        "IsDeleted": flag(np.zeros(len(row), dtype=np.bool_)),
    }
    return Table("salesforce", "CampaignMember", numbers[row], at, columns)


def has_answered(touches: Frame, row: Ints, at: Ints) -> Flags:
    """Whether touches had been responses by the instants."""
    return (touches["level"][row] >= INTEREST) & (at >= touches["at"][row])


def member_status(touches: Frame, row: Ints, answered: Flags) -> Texts:
    """Member status by campaign type and level; trade shows count the booth's visitors and, less, the hall's."""
    kind = touches["kind"][row]
    level = np.where(answered, touches["level"][row], QUIET)
    words = [np.array([getattr(item, name) for item in CAMPAIGN_TYPES]) for name in ("quiet", "interest", "hand_raise")]
    status = np.where(level == HAND_RAISE, words[2][kind], np.where(level == INTEREST, words[1][kind], words[0][kind]))
    hall = (kind == TRADE_SHOW) & (level == INTEREST) & (row % 4 == 0)
    opened = (status == "Sent") & (row % 3 == 0)
    return np.where(hall, "Attended", np.where(opened, "Opened", status))
