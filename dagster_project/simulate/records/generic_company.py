"""What no CRM holds, as flat files: campaign spend and the history of staff."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, Texts, labels
from dagster_project.simulate.records.ids import written_ids
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Table, cents, day, instant, record, text, versions
from dagster_project.simulate.timeline import DAY, HOUR
from dagster_project.simulate.vocabulary import CURRENCIES, SEGMENTS, TERRITORIES
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.company import AE, AM, MANAGER, MARKETER, PARTNER_MANAGER, SDR, team_names

_INSTALMENTS = 3
_ROLE_WORDS = {
    AE: "ae",
    SDR: "sdr",
    AM: "am",
    MANAGER: "manager",
    PARTNER_MANAGER: "partner_manager",
    MARKETER: "marketing",
}


def costs(world: World, ids: Ids) -> Table:
    """Every campaign's cost in three instalments; what lies past the end of the history isn't known yet."""
    campaigns = world.campaigns
    campaign = np.repeat(np.arange(len(campaigns["type"])), _INSTALMENTS)
    part = np.tile(np.arange(_INSTALMENTS), len(campaigns["type"]))
    length = campaigns["ends_at"] - campaigns["starts_at"]
    spent_at = (campaigns["starts_at"][campaign] + length[campaign] * part // _INSTALMENTS) // DAY * DAY
    share = campaigns["cost"][campaign] // _INSTALMENTS
    rest = campaigns["cost"][campaign] - share * _INSTALMENTS
    modified = spent_at + 20 * HOUR
    columns = {
        "cost_id": text(np.char.add(np.char.add(written_ids(ids.campaign[campaign]), "-"), (part + 1).astype(str))),
        "campaign_id": record(ids.campaign[campaign]),
        "channel": text(np.full(len(campaign), "")),
        "spent_on": day(spent_at),
        "amount": cents(share + np.where(part == 0, rest, 0)),
        "currency": text(np.full(len(campaign), CURRENCIES[0])),
        "modified_at": instant(modified),
    }
    return Table("generic", "costs", np.arange(len(campaign)), modified, columns)


def user_history(world: World, ids: Ids) -> Table:
    """Role, team, segment, territory and manager of every user by date, each span first as open, then as ended."""
    spans = world.company.spans
    everyone = np.arange(len(spans["user"]))
    row, at = versions((everyone, spans["valid_from"]), (everyone, spans["valid_to"]))
    ended = (spans["valid_to"][row] != NULL) & (at >= spans["valid_to"][row])
    columns = {
        "user_id": record(ids.user[spans["user"][row]]),
        "valid_from": instant(spans["valid_from"][row]),
        "valid_to": instant(np.where(ended, spans["valid_to"][row], NULL)),
        "role": text(np.array([_ROLE_WORDS.get(int(role), "other") for role in spans["role"]])[row]),
        "team": text(_teams(world, spans["role"], spans["team"])[row]),
        "segment": text(_of_team(world, "segment", SEGMENTS, spans["team"])[row]),
        "territory": text(_of_team(world, "territory", TERRITORIES, spans["team"])[row]),
        "manager_id": record(ids.take(ids.user, spans["manager"][row])),
    }
    return Table("generic", "user_history", row, at, columns)


def _teams(world: World, role: Ints, team: Ints) -> Texts:
    shown = np.where((role == AE) | (role == MANAGER) | (role == SDR), team, NULL)
    return labels(team_names(world.company), shown)


def _of_team(world: World, column: str, names: tuple[str, ...], team: Ints) -> Texts:
    code = np.where(team < 0, -1, world.company.teams[column][np.maximum(team, 0)])
    return labels(names, np.where(code < 0, NULL, code))
