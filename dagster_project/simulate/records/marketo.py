"""The company's marketing automation (Marketo) as a warehouse connector lands it: one table per object and activity type.

Ids are numbers, as Marketo has them; instants are UTC. The tables describe the same world as the Salesforce export:

| table | one row is | links |
|---|---|---|
| lead | a version of a person: first seen (on the web, by e-mail or with the CRM's record), synced with the CRM, converted, moved to another account, merged, erased | `sfdc_lead_id`, `sfdc_contact_id`, `sfdc_account_id`: the CRM's ids, empty until the CRM knows the person |
| program | a campaign of the CRM (partner campaigns aren't run here) | `sfdc_id`: Campaign.Id |
| program_cost | a month's cost of a program, whole dollars; its months add up to the campaign's ActualCost | `program_id` |
| program_membership | a version of a CampaignMember: added, answered, moved by a merge | `program_id`, `lead_id` |
| campaign | the smart campaign that sends a program's e-mails | `program_id` |
| email_template_history | an e-mail, which goes out once | `program_id` |
| activity_visit_webpage | a visit of a page | `lead_id` |
| activity_fill_out_form | a form: the hand-raise of the CampaignMember of the same person and instant | `lead_id` |
| activity_send_email, activity_email_delivered, activity_email_bounced, activity_open_email, activity_click_email | what happened to an e-mail; `is_bot_activity` marks opens and clicks of security scanners | `lead_id`, `email_template_id`, `campaign_id` |
| activity_change_status_in_progression | a new status of a program's member, the CampaignMember's at that instant | `lead_id`, `primary_attribute_value_id`: the program |
| activity_merge_leads | the merge of a duplicate, at the CRM's instant | `lead_id`: who stays; `merge_ids`: who goes |
| activity_delete_lead | an erased person | `lead_id` |

An activity keeps the `lead_id` under which it was logged, also where that lead is merged later, as connectors leave it;
`activity_merge_leads` leads on. A lead that is gone has a last version with `_fivetran_deleted`. A version's instant is
`updated_at`; an activity's is `activity_date`, and its id counts all types together in order of time.
"""  # noqa: E501

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, explode, full
from dagster_project.simulate.records.marketo_activities import activity_tables
from dagster_project.simulate.records.marketo_ids import (
    FIRST_PROGRAM,
    FIRST_SMART_CAMPAIGN,
    FIRST_TEMPLATE,
    MarketoIds,
    marketo_ids,
)
from dagster_project.simulate.records.salesforce_campaigns import campaign_names, has_answered, member_status
from dagster_project.simulate.records.salesforce_people import Ids, employers
from dagster_project.simulate.records.tables import (
    Column,
    Table,
    day,
    flag,
    instant,
    label,
    number,
    record,
    text,
    versions,
)
from dagster_project.simulate.timeline import DAY, HOUR
from dagster_project.simulate.vocabulary import CAMPAIGN_TYPES, PARTNER_CAMPAIGN, SOURCES
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.demand import INTEREST
from dagster_project.simulate.world.merges import account_at, record_at, refiled_at, rejoined_at

_MONTHS = 3
_EVENTS = ("Webinar", "Trade Show")
_SENDER = "news@plumbline.example"


def marketo_tables(world: World, ids: Ids) -> list[Table]:
    """Leads, memberships and activities of the block, and what all blocks share with the first."""
    numbers = marketo_ids(world)
    shared = [_programs(world, ids), _program_costs(world), _smart_campaigns(world), _templates(world)]
    return [
        _leads(world, ids, numbers),
        _memberships(world, numbers),
        *activity_tables(world, ids, numbers),
        *(shared if world.is_first else []),
    ]


def _leads(world: World, ids: Ids, numbers: MarketoIds) -> Table:
    people, accounts = world.people, world.accounts
    moments = (
        numbers.lead_created,
        people["known_at"],
        world.lead_relabeled_at,
        people["converted_at"],
        refiled_at(people, accounts, np.arange(len(numbers.lead))),
        people["merged_at"],
        people["purged_at"],
    )
    by_number = np.argsort(numbers.lead)
    place, at = versions(*((np.arange(len(by_number)), moment[by_number]) for moment in moments))
    person = by_number[place]
    known = at >= people["known_at"][person]
    as_contact = people["is_contact"][person] & (at >= ids.contact_created[person])
    as_lead = people["is_lead"][person] & known
    gone_at = np.where(people["purged_at"] == NULL, people["merged_at"], people["purged_at"])[person]
    relabeled = world.lead_relabeled_at[person]
    source = people["label"][person]
    before = world.deals["true_claim"][np.maximum(people["deal"][person], 0)]
    source = np.where((relabeled != NULL) & (at < relabeled), before, source)
    name = np.char.partition(ids.person_name, " ")
    columns = {
        "id": number(numbers.lead[person]),
        "created_at": instant(numbers.lead_created[person]),
        "updated_at": instant(at),
        "email": text(ids.email[person]),
        "first_name": text(name[:, 0][person]),
        "last_name": text(name[:, 2][person]),
        "company": text(employers(world, ids)[person]),
        "lead_source": label(SOURCES, source),
        "sfdc_type": label(("Lead", "Contact"), np.where(as_contact, 1, np.where(as_lead, 0, NULL))),
        "sfdc_lead_id": record(np.where(as_lead, ids.lead[person], NULL)),
        "sfdc_contact_id": record(np.where(as_contact, ids.contact[person], NULL)),
        "sfdc_account_id": record(
            ids.take(ids.account, np.where(as_contact, account_at(people, accounts, person, at), NULL))
        ),
        "_fivetran_deleted": flag((gone_at != NULL) & (at >= gone_at)),
    }
    return Table("marketo", "lead", numbers.lead[person], at, columns)


def _memberships(world: World, numbers: MarketoIds) -> Table:
    """Members as in `CampaignMember`; a program forgets an erased person."""
    touches, people = world.touches, world.people
    members = np.flatnonzero(numbers.member != NULL)
    members = members[np.argsort(numbers.member[members])]
    added, answered = touches["added_at"][members], touches["at"][members]
    answered = np.where((touches["level"][members] >= INTEREST) & (answered > added), answered, NULL)
    rejoined = rejoined_at(people, touches["person"][members], added)
    purged = people["purged_at"][touches["person"][members]]
    everyone = np.arange(len(members))
    row, at = versions((everyone, added), (everyone, answered), (everyone, rejoined), (everyone, purged))
    touch = members[row]
    person = record_at(people, touches["person"][touch], touches["added_at"][touch], at)
    done = has_answered(touches, touch, at)
    gone = people["purged_at"][touches["person"][touch]]
    columns = {
        "id": number(numbers.member[touch]),
        "program_id": number(FIRST_PROGRAM + touches["campaign"][touch]),
        "lead_id": number(numbers.lead[person]),
        "status": text(member_status(touches, touch, done)),
        "reached_success": flag(done),
        "reached_success_date": instant(np.where(done, touches["at"][touch], NULL)),
        "membership_date": instant(touches["added_at"][touch]),
        "created_at": instant(touches["added_at"][touch]),
        "updated_at": instant(at),
        "_fivetran_deleted": flag((gone != NULL) & (at >= gone)),
    }
    return Table("marketo", "program_membership", numbers.member[touch], at, columns)


def _own(world: World) -> Ints:
    """Campaigns that are programs."""
    return np.flatnonzero(world.campaigns["type"] != PARTNER_CAMPAIGN)


def _programs(world: World, ids: Ids) -> Table:
    campaigns, row = world.campaigns, _own(world)
    names = [item.name for item in CAMPAIGN_TYPES]
    types = ["Event" if name in _EVENTS else "Email" if name == "Email" else "Default" for name in names]
    key, at = FIRST_PROGRAM + row, campaigns["created"][row]
    columns = {
        "id": number(key),
        "name": text(campaign_names(world)[row]),
        "channel": label(names, campaigns["type"][row]),
        "type": label(types, campaigns["type"][row]),
        "status": text(np.full(len(row), "on")),
        "start_date": day(campaigns["starts_at"][row]),
        "end_date": day(campaigns["ends_at"][row]),
        "sfdc_id": record(ids.campaign[row]),
        "sfdc_name": text(campaign_names(world)[row]),
        "description": text(np.full(len(row), "")),
        "url": text(np.char.add("https://marketo.example/#PG", key.astype(str))),
        "workspace": text(np.full(len(row), "Default")),
        **_dates(at),
    }
    return Table("marketo", "program", key, at, columns)


def _dates(at: Ints) -> dict[str, Column]:
    return {
        "created_at": instant(at),
        "updated_at": instant(at),
        "_fivetran_deleted": flag(np.zeros(len(at), dtype=np.bool_)),
    }


def _program_costs(world: World) -> Table:
    """Costs by month in whole dollars, the first month carrying the rest; known in the evening of the first day."""
    campaigns, own = world.campaigns, _own(world)
    place, month = explode(full(len(own), _MONTHS))
    campaign = own[place]
    dollars = campaigns["cost"][campaign] // 100
    cost = dollars // _MONTHS + np.where(month == 0, dollars % _MONTHS, 0)
    length = campaigns["ends_at"] - campaigns["starts_at"]
    spent_at = (campaigns["starts_at"][campaign] + length[campaign] * month // _MONTHS) // DAY * DAY
    key = np.arange(len(campaign))
    columns = {
        "program_id": number(FIRST_PROGRAM + campaign),
        "index": number(month),
        "start_date": instant(spent_at),
        "cost": number(cost),
        "note": text(np.full(len(key), "")),
    }
    return Table("marketo", "program_cost", key, spent_at + 20 * HOUR, columns)


def _smart_campaigns(world: World) -> Table:
    row = np.unique(world.mailings["campaign"])
    key, at = FIRST_SMART_CAMPAIGN + row, world.campaigns["created"][row]
    columns = {
        "id": number(key),
        "name": text(np.char.add(campaign_names(world)[row], ".Send")),
        "description": text(np.full(len(row), "")),
        "type": text(np.full(len(row), "batch")),
        "program_id": number(FIRST_PROGRAM + row),
        "active": flag(np.zeros(len(row), dtype=np.bool_)),
        "workspace_name": text(np.full(len(row), "Default")),
        **_dates(at),
    }
    return Table("marketo", "campaign", key, at, columns)


def _templates(world: World) -> Table:
    mailings = world.mailings
    row = np.arange(len(mailings["at"]))
    key, at = FIRST_TEMPLATE + row, mailings["at"] - 2 * DAY
    columns = {
        "id": number(key),
        "version": number(full(len(row), 2)),
        "name": text(np.char.add(campaign_names(world)[mailings["campaign"]], np.char.add(".", key.astype(str)))),
        "subject": text(campaign_names(world)[mailings["campaign"]]),
        "program_id": number(FIRST_PROGRAM + mailings["campaign"]),
        "from_name": text(np.full(len(row), "Plumbline")),
        "from_email": text(np.full(len(row), _SENDER)),
        "reply_email": text(np.full(len(row), _SENDER)),
        "status": text(np.full(len(row), "approved")),
        "operational": flag(np.zeros(len(row), dtype=np.bool_)),
        "workspace": text(np.full(len(row), "Default")),
        **_dates(at),
    }
    del columns["_fivetran_deleted"]
    return Table("marketo", "email_template_history", key, at, columns)
