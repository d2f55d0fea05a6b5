"""The whole sample company, built in the order in which one thing decides the next.

Only the order belongs here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, concat, first_per, take
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import Timeline
from dagster_project.simulate.vocabulary import LOST, WON
from dagster_project.simulate.world.activities import build_activities
from dagster_project.simulate.world.behaviours import live
from dagster_project.simulate.world.campaigns import build_campaigns
from dagster_project.simulate.world.company import Company, build_company
from dagster_project.simulate.world.customers import assign_accounts, build_accounts, build_people, meet
from dagster_project.simulate.world.deals import expansions, in_order, new_business
from dagster_project.simulate.world.demand import HAND_RAISE, build_touches
from dagster_project.simulate.world.edits import actors, build_changes
from dagster_project.simulate.world.inflation import inflate
from dagster_project.simulate.world.labels import label, lead_relabels
from dagster_project.simulate.world.mailings import build_mailings
from dagster_project.simulate.world.marketing import build_marketing, purge
from dagster_project.simulate.world.merges import merge
from dagster_project.simulate.world.paths import bunch, closing, reorder, stage_events
from dagster_project.simulate.world.patterns import plant, unplanted

# A block's opportunities at most, so that memory doesn't grow with the company; and how far apart blocks count records.
BLOCK_OPPORTUNITIES = 20_000
BLOCK_NUMBERS = 10_000_000
_SEED_STEP = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class World:
    """Everything that is true of a block of the sample company: some pods with their customers.

    Each frame's columns are told where it is built. Rows are numbered within the block, opportunities by creation;
    `primary` is each one's first contact (a row of `people`). `options` are the block's own: its share of the
    opportunities and a seed. Staff, money and campaigns are the company's, the same in each block.
    """

    block: int
    options: Options
    timeline: Timeline
    company: Company
    deals: Frame
    events: Frame
    changes: Frame
    accounts: Frame
    people: Frame
    primary: Ints
    campaigns: Frame
    touches: Frame
    activities: Frame
    lead_relabeled_at: Ints
    mailings: Frame
    marketing: Frame

    @property
    def first_number(self) -> int:
        """What the numbers of the block's records are counted from."""
        return self.block * BLOCK_NUMBERS

    @property
    def is_first(self) -> bool:
        """Whether it is the block that carries what all blocks share."""
        return self.block == 0


def build_worlds(options: Options) -> Iterator[World]:
    """Build the sample company that the options ask for, block by block.

    Each block is of the same size to within one opportunity and has pods of its own, so that nothing but staff at the
    top, marketing and money is common to two of them.
    """
    timeline = Timeline.of(options)
    company = build_company(options, timeline)
    campaigns = build_campaigns(options, timeline, company)
    mailings = build_mailings(timeline, campaigns)
    pods = company.pods.stop
    blocks = min(-(-options.opportunities // BLOCK_OPPORTUNITIES), pods)
    for block in range(blocks):
        share = (options.opportunities * (block + 1)) // blocks - (options.opportunities * block) // blocks
        own = replace(options, opportunities=share, seed=(options.seed + block * _SEED_STEP) % 2**63)
        view = company.of_pods(range(pods * block // blocks, pods * (block + 1) // blocks))
        yield _build_block(block, own, timeline, view, campaigns, mailings)


def build_world(options: Options) -> World:
    """The sample company where it is small enough for one block. Raises ValueError where it isn't."""
    (world,) = build_worlds(options)
    return world


def _build_block(
    block: int, options: Options, timeline: Timeline, company: Company, campaigns: Frame, mailings: Frame
) -> World:
    deals, events = _deals(options, timeline, company)
    deals = label(options, timeline, company, campaigns, deals)
    deals["account"] = assign_accounts(options, deals)
    accounts = build_accounts(options, timeline, company, deals)
    people = build_people(options, timeline, company, deals, accounts)
    primary = np.flatnonzero(people["is_primary"])
    touches = build_touches(options, timeline, campaigns, deals, people, primary)
    changes = build_changes(options, timeline, company, deals, events, _first_campaign(deals, people, touches))
    deals["pattern_by"] = actors(deals, changes)
    activities = build_activities(options, timeline, company, deals, events, changes, people, primary)
    person = np.concatenate([touches["person"], activities["person"]])
    at = np.concatenate([touches["added_at"], activities["booked_at"]])
    people, accounts = meet(people, accounts, deals, person, at)
    deals, people, accounts = merge(options, timeline, deals, people, accounts)
    marketing = build_marketing(options, timeline, mailings, deals, people, touches)
    people = purge(options, timeline, people, marketing, touches)
    relabeled_at = lead_relabels(deals, people, np.arange(len(people["deal"])))
    return World(
        block, options, timeline, company, deals, events, changes, accounts, people, primary, campaigns, touches,
        activities, relabeled_at, mailings, marketing,
    )  # fmt: skip


def _deals(options: Options, timeline: Timeline, company: Company) -> tuple[Frame, Frame]:
    """Opportunities in order of creation with their stage entries, planted behaviour included."""
    fresh = plant(options, timeline, company, new_business(options, timeline, company))
    events = _moves(options, timeline, company, fresh, "new business")
    count = len(fresh["created"])
    ended_at, ended_in = closing(events, count)
    won_at = np.where((ended_in == WON) & (ended_at < timeline.end), ended_at, NULL)
    grown = unplanted(company, expansions(options, timeline, company, fresh, won_at))
    grown_events = _moves(options, timeline, company, grown, "expansions")
    grown_events["deal"] = grown_events["deal"] + count
    deals = concat([fresh, grown])
    events = concat([events, grown_events])
    rank = in_order(deals)
    deals = take(deals, np.argsort(rank))
    deals["follows"] = np.where(deals["follows"] == NULL, NULL, rank[np.maximum(deals["follows"], 0)])
    events, deals = inflate(options, timeline, company, deals, reorder(events, rank))
    return live(options, timeline, company, deals, events)


def _moves(options: Options, timeline: Timeline, company: Company, deals: Frame, concern: str) -> Frame:
    return bunch(options, timeline, deals, stage_events(options, company, deals, concern), concern)


def _first_campaign(deals: Frame, people: Frame, touches: Frame) -> Ints:
    """Primary campaign at creation: the campaign of the hand-raise that the opportunity came from, if any."""
    raised = take(touches, touches["level"] == HAND_RAISE)
    deal = people["deal"][raised["person"]]
    own = deal != NULL
    campaign = first_per(deal[own], raised["campaign"][own], len(deals["created"]), NULL)
    return np.where(deals["raised_by"] == NULL, NULL, campaign)


def outcome(world: World) -> tuple[Ints, Ints]:
    """Instants at which opportunities were won and lost for good (NULL: not so), as the history's end sees them."""
    last_at, last_stage = closing(world.events, len(world.deals["created"]))
    return np.where(last_stage == WON, last_at, NULL), np.where(last_stage == LOST, last_at, NULL)
