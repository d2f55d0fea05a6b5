"""Marketo's numbers for people, programs, e-mails and everything that people did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, concat, full, rank_by, take
from dagster_project.simulate.vocabulary import PARTNER_CAMPAIGN
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.demand import INTEREST
from dagster_project.simulate.world.merges import record_at

_FIRST_LEAD, _FIRST_ACTIVITY, _FIRST_MEMBER = 1_000_000, 60_000_000, 400_000
FIRST_PROGRAM, FIRST_SMART_CAMPAIGN, FIRST_TEMPLATE = 1_001, 2_001, 3_001
# What marketing automation logs beside the kinds of `world.mailings`.
PROGRESSED, MERGED, DELETED = range(100, 103)


@dataclass(frozen=True)
class MarketoIds:
    """Numbers by row: `lead` of people, `member` of touches (NULL: no member of a program).

    `lead_created` is when Marketo first saw each person: with the CRM's record, or earlier on the web or by e-mail.
    """

    lead: Ints
    lead_created: Ints
    member: Ints


def marketo_ids(world: World) -> MarketoIds:
    """Numbers in the order in which Marketo came to know of each; blocks count from numbers of their own."""
    created = world.people["known_at"].copy()
    np.minimum.at(created, world.marketing["person"], world.marketing["at"] - 1)
    everyone = np.arange(len(created))
    members = np.flatnonzero(world.touches["kind"] != PARTNER_CAMPAIGN)
    member = full(len(world.touches["at"]))
    member[members] = world.first_number + _FIRST_MEMBER + rank_by(world.touches["added_at"][members], members)
    lead = world.first_number + _FIRST_LEAD + rank_by(created, everyone)
    return MarketoIds(lead, created, member)


def activity_log(world: World, numbers: MarketoIds) -> Frame:
    """Every activity of the block, in order of its id.

    Columns: id, at, kind (of `world.mailings`, or PROGRESSED, MERGED, DELETED), lead (number, as it was then), row (of
    `marketing`; of `touches` for PROGRESSED; of `people`, the record that goes, for MERGED and DELETED).
    """
    people, touches, marketing = world.people, world.touches, world.marketing
    added = np.where(
        marketing["touch"] == NULL, marketing["at"], touches["added_at"][np.maximum(marketing["touch"], 0)]
    )
    seen = record_at(people, marketing["person"], added, marketing["at"])
    parts = [_logged(marketing["kind"], np.arange(len(seen)), marketing["at"], numbers.lead[seen])]
    member = np.flatnonzero(numbers.member != NULL)
    later = (touches["level"] >= INTEREST) & (touches["at"] > touches["added_at"])
    for rows, at in ((member, touches["added_at"]), (member[later[member]], touches["at"])):
        who = record_at(people, touches["person"][rows], touches["added_at"][rows], at[rows])
        parts.append(_logged(full(len(rows), PROGRESSED), rows, at[rows], numbers.lead[who]))
    merged = np.flatnonzero(people["merged_into"] != NULL)
    stays = numbers.lead[people["merged_into"][merged]]
    parts.append(_logged(full(len(merged), MERGED), merged, people["merged_at"][merged], stays))
    gone = np.flatnonzero(people["purged_at"] != NULL)
    parts.append(_logged(full(len(gone), DELETED), gone, people["purged_at"][gone], numbers.lead[gone]))
    log = concat(parts)
    log = take(log, np.argsort(log["at"], kind="stable"))
    return log | {"id": world.first_number + _FIRST_ACTIVITY + np.arange(len(log["at"]))}


def _logged(kind: Ints, row: Ints, at: Ints, lead: Ints) -> Frame:
    return {"kind": kind, "row": row, "at": at, "lead": lead}
