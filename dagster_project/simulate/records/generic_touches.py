"""What people outside did with marketing, as flat files: the CRM's campaign members, and what it doesn't know of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dagster_project.simulate.frames import NULL, take
from dagster_project.simulate.records.ids import numbers_of
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column, Table, flag, instant, label, number, record, text
from dagster_project.simulate.timeline import DAY
from dagster_project.simulate.vocabulary import CAMPAIGN_TYPES, LINKS, PAGES
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.mailings import CLICKED, OPENED, SENT, VISIT

_MARKETING = {VISIT: "web_visit", SENT: "email_sent", OPENED: "email_open", CLICKED: "email_click"}


def member_touches(world: World, members: Table) -> Table:
    """Campaign members as touches, dated as the CRM dates them: by the day of the answer, else by their addition."""
    columns = members.columns
    answered, created = columns["FirstRespondedDate"].values, columns["CreatedDate"].values
    upload = answered == created // DAY
    touched = np.where((answered == NULL) | upload, created, answered * DAY)
    kind = world.campaigns["type"][numbers_of(columns["CampaignId"].values)]
    values = {
        "touch_id": columns["Id"],
        "contact_id": columns["ContactId"],
        "lead_id": columns["LeadId"],
        "campaign_id": columns["CampaignId"],
        "touch_type": label([item.name for item in CAMPAIGN_TYPES], kind),
        "touch_status": columns["Status"],
        "touched_at": instant(touched),
        "is_bot": flag(np.zeros(len(touched), dtype=np.bool_)),
        "modified_at": instant(members.modified),
        "is_deleted": columns["IsDeleted"],
    }
    return Table("generic", "touches", members.key, members.modified, values)


def only_of(world: World, table: Table, kind: int) -> Table:
    """The rows of a table with `campaign_id` that are about campaigns of a type."""
    rows = np.flatnonzero(world.campaigns["type"][numbers_of(table.columns["campaign_id"].values)] == kind)
    columns = {name: column.take(rows) for name, column in table.columns.items()}
    return Table(table.source, table.name, table.key[rows], table.modified[rows], columns)


def with_marketing(world: World, ids: Ids, table: Table) -> Table:
    """Touches with what marketing automation alone knows: web visits, and e-mails sent, opened and clicked.

    Each is known from the instant on at which the person has a record.
    """
    marketing, people = world.marketing, world.people
    kind = np.full(max(_MARKETING) + 1, NULL)
    kind[list(_MARKETING)] = np.arange(len(_MARKETING))
    rows = np.flatnonzero((marketing["touch"] == NULL) & np.isin(marketing["kind"], list(_MARKETING)))
    found = take(marketing, rows)
    person, code = found["person"], kind[found["kind"]]
    is_lead = people["is_lead"][person]
    since = np.where(is_lead, people["known_at"][person], ids.contact_created[person])
    modified = np.maximum(found["at"], since)
    label_of = np.where(code == 0, found["asset"], np.where(found["asset"] == NULL, NULL, len(PAGES) + found["asset"]))
    more = {
        "touch_id": number(world.first_number + np.arange(len(rows)) + 1),
        "contact_id": record(np.where(is_lead, NULL, ids.contact[person])),
        "lead_id": record(np.where(is_lead, ids.lead[person], NULL)),
        "campaign_id": record(ids.take(ids.campaign, found["campaign"])),
        "touch_type": label(list(_MARKETING.values()), code),
        "touch_status": text(np.full(len(rows), "")),
        "asset": label([*PAGES, *LINKS], label_of),
        "touched_at": instant(found["at"]),
        "is_bot": flag(found["is_bot"]),
        "modified_at": instant(modified),
        "is_deleted": flag(np.zeros(len(rows), dtype=np.bool_)),
    }
    own = dict(table.columns) | {"asset": text(np.full(len(table.key), ""))}
    columns = {name: _stacked(own[name], column) for name, column in more.items()}
    key = np.concatenate([table.key, table.key.max(initial=-1) + 1 + np.arange(len(rows))])
    return Table("generic", "touches", key, np.concatenate([table.modified, modified]), columns)


def _stacked(first: Column, second: Column) -> Column:
    """One column of the rows of both, as texts where their kinds differ."""
    if first.kind == second.kind and first.names == second.names and isinstance(second.values, np.ndarray):
        return Column(first.kind, np.concatenate([first.values, second.values]), first.names)
    return text(pa.concat_arrays([first.as_strings(), second.as_strings()]))
