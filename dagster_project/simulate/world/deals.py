"""What each opportunity is in truth: when it came, from whom, for how much, how far it will get.

The plan is made before anything is recorded. What is planted in it is in `patterns`, how it moves through the stages
in `paths`, what the CRM keeps of it in `edits`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import (
    NULL,
    Flags,
    Frame,
    Ints,
    choose,
    full,
    rank_by,
    spread,
    stream,
    whole,
)
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, WORKDAY, Timeline, later, working_seconds
from dagster_project.simulate.vocabulary import (
    ACCEPTED,
    DISCOVERY,
    EXPANSION,
    MARKETING,
    NEGOTIATION,
    OUTBOUND_AE,
    OUTBOUND_SDR,
    PARTNER,
    PRODUCT_LED,
    PROPOSAL,
    PROSPECTING,
    QUALIFICATION,
)
from dagster_project.simulate.world.arrivals import arrivals
from dagster_project.simulate.world.company import AE, AM, PARTNER_MANAGER, SDR, Company, members
from dagster_project.simulate.world.odds import NEWCOMER_LOAD, ramp, started_as, win_chances

# By true source: share of all opportunities, share that clears the bar, size beside the mean of all sources.
SHARE = np.array([0.29, 0.29, 0.19, 0.03, 0.11, 0.09])
CLEARS_BAR = np.array([0.70, 0.66, 0.68, 0.66, 0.74, 0.80])
SIZE = np.array([1.12, 0.98, 0.94, 0.55, 1.10, 0.82])
# By segment; the spread is that of the logarithm, beyond so many of which nobody buys.
MEAN_AMOUNT_USD = np.array([150_000, 78_000])
AMOUNT_SIGMA = 0.55
_MOST_SIGMAS = 2.1
# Most opportunities that one customer brings, and the share that account managers keep for themselves.
_MOST_EXPANSIONS, _MANAGED = 3, 0.5
# Units of currency that amounts are rounded to, with how often.
_ROUND_TO, _ROUNDED = np.array([100, 1_000, 5_000]), (0.25, 0.5, 0.25)
_LEAST_AMOUNT = 1_000


def new_business(options: Options, timeline: Timeline, company: Company) -> Frame:
    """Opportunities with companies that aren't customers yet, in order of creation."""
    rng = stream(options.seed, "deals")
    counts = _counts(options.opportunities - round(options.opportunities * SHARE[EXPANSION]))
    created = np.concatenate([arrivals(rng, timeline, source, int(count)) for source, count in enumerate(counts)])
    function = np.repeat(np.arange(len(counts)), counts)
    order = np.argsort(created, kind="stable")
    team = rng.choice(company.ae_teams(), len(order))
    return plan(rng, options, timeline, company, function[order], created[order], team)


def expansions(options: Options, timeline: Timeline, company: Company, deals: Frame, won_at: Ints) -> Frame:
    """Opportunities with customers: each follows a won opportunity of `deals` (column `follows`).

    Where too little was won early enough, the rest are the AEs' own prospects, so that the count stays as asked.
    """
    rng = stream(options.seed, "expansions")
    count = options.opportunities - len(won_at)
    winners = np.flatnonzero((won_at != NULL) & (won_at < timeline.end - 40 * DAY))
    follows = rng.permutation(np.repeat(winners, _MOST_EXPANSIONS))[:count]
    last = working_seconds(full(len(follows), timeline.end - 5 * DAY))
    wait = np.minimum((last - working_seconds(won_at[follows])) / WORKDAY - 10, 130)
    grown_at = later(won_at[follows], 10 + rng.random(len(follows)) * wait)
    others = arrivals(rng, timeline, OUTBOUND_AE, count - len(follows))
    team = np.concatenate([deals["team"][follows], rng.choice(company.ae_teams(), len(others))])
    function = np.repeat([EXPANSION, OUTBOUND_AE], [len(follows), len(others)])
    found = plan(rng, options, timeline, company, function, np.concatenate([grown_at, others]), team)
    return found | {"follows": np.concatenate([follows, full(len(others))])}


def plan(
    rng: np.random.Generator,
    options: Options,
    timeline: Timeline,
    company: Company,
    function: Ints,
    created: Ints,
    team: Ints,
) -> Frame:
    """Owner, creator, amount, furthest stage and outcome of opportunities whose source and date are known.

    Columns: created, function, team, segment, territory, currency, amount (cents), creator and owner (users) with
    their roles, first_owner, start and reach (stages: first one, furthest open one), win_chance (0 below the bar), won,
    has_evidence (of the source), follows (opportunity; NULL: none).
    """
    count = len(created)
    segment, territory = company.teams["segment"][team], company.teams["territory"][team]
    currency = np.where(territory == 0, 0, np.where(rng.random(count) < 0.6, 1, 2))
    amount = _amounts(rng, company, function, segment, currency, created)
    deals: Frame = {
        "created": created,
        "function": function,
        "team": team,
        "segment": segment,
        "territory": territory,
        "currency": currency,
        "amount": amount,
        **_people(rng, company, function, team, created),
    }
    usd = company.to_usd(amount, currency, created)
    by_size = np.lexsort((usd, segment, function))
    cleared = spread(rng, CLEARS_BAR[function], by_size)
    chance = win_chances(company, deals, usd, cleared)
    won = spread(rng, chance, by_size)
    start, reach = _stages(rng, function, cleared, won)
    return deals | {
        "start": start,
        "reach": reach,
        "win_chance": chance,
        "won": won,
        "has_evidence": (rng.random(count) > 0.05) | (function >= MARKETING),
        "follows": full(count),
    }


def pick_staff(rng: np.random.Generator, company: Company, role: int, team: Ints, at: Ints) -> Ints:
    """A user of the role who is in the team at each instant; skilled ones get more, newcomers less."""
    chosen = full(len(team))
    draw = rng.random(len(team))
    started = started_as(company, role)
    for number in np.unique(team):
        rows = np.flatnonzero(team == number)
        users, begins, ends = members(company, role, int(number))
        instants = at[rows][:, None]
        there = (begins <= instants) & (instants < ends)
        load = ramp(instants - started[users], NEWCOMER_LOAD)
        edges = np.cumsum(there * company.skill[users] * load, axis=1)
        position = (edges <= draw[rows][:, None] * edges[:, -1:]).sum(axis=1)
        chosen[rows] = users[np.minimum(position, len(users) - 1)]
    return chosen


def _counts(count: int) -> Ints:
    """Opportunities of new business per true source, in the asked shares."""
    shares = SHARE[:EXPANSION] / SHARE[:EXPANSION].sum()
    return np.diff(whole(np.cumsum(shares) * count + 0.5), prepend=0)


def _amounts(
    rng: np.random.Generator, company: Company, function: Ints, segment: Ints, currency: Ints, created: Ints
) -> Ints:
    """Cents in each opportunity's currency: log-normal by segment and source, as round as people write them."""
    mean = MEAN_AMOUNT_USD[segment] * (SIZE / (SHARE @ SIZE))[function]
    draw = rng.standard_normal(len(mean))
    draw = np.where(draw > _MOST_SIGMAS, 2 * _MOST_SIGMAS - draw, draw)
    usd = mean * np.exp(AMOUNT_SIGMA * draw - AMOUNT_SIGMA**2 / 2)
    unit = _ROUND_TO[choose(rng, _ROUNDED, len(mean))]
    local = whole(usd * company.rate(currency, created) / 1_000_000 / unit + 0.5) * unit
    return np.maximum(local, _LEAST_AMOUNT) * 100


def _people(rng: np.random.Generator, company: Company, function: Ints, team: Ints, created: Ints) -> Frame:
    """Creator, owner, and first owner: SDRs hold half of what they create until the AE takes over."""
    count = len(function)
    closer = pick_staff(rng, company, AE, team, created)
    sdr = pick_staff(rng, company, SDR, company.sdr_team(team), created)
    managers, partners = company.staff(AM), company.staff(PARTNER_MANAGER)
    kept = (function == EXPANSION) & (rng.random(count) < _MANAGED)
    owner = np.where(kept, managers[rng.integers(0, len(managers), count)], closer)
    owner_role = np.where(kept, AM, AE)
    inbound = (function == MARKETING) | (function == PRODUCT_LED)
    by_sdr = (function == OUTBOUND_SDR) | (inbound & (rng.random(count) < 0.5))
    by_partner = (function == PARTNER) & (rng.random(count) < 0.4)
    creator = np.where(by_sdr, sdr, owner)
    return {
        "creator": np.where(by_partner, partners[rng.integers(0, len(partners), count)], creator),
        "creator_role": np.where(by_sdr, SDR, np.where(by_partner, PARTNER_MANAGER, owner_role)),
        "owner": owner,
        "owner_role": owner_role,
        "first_owner": np.where(by_sdr & (rng.random(count) < 0.5), sdr, owner),
    }


def _stages(rng: np.random.Generator, function: Ints, cleared: Flags, won: Flags) -> tuple[Ints, Ints]:
    """Stage of creation and furthest open stage."""
    count = len(function)
    outbound = function <= OUTBOUND_SDR
    early, late = rng.random(count) < 0.35, rng.random(count) < 0.3
    start = np.where(outbound & early, PROSPECTING, np.where(~outbound & late, QUALIFICATION, DISCOVERY))
    short = start + whole(rng.random(count) * (ACCEPTED - start))
    lost = ACCEPTED + choose(rng, (0.35, 0.4, 0.25), count)
    final = np.where(rng.random(count) < 0.85, NEGOTIATION, PROPOSAL)
    return start, np.where(won, final, np.where(cleared, lost, short))


def in_order(deals: Frame) -> Ints:
    """Rank of each opportunity by creation; ties by its row."""
    return rank_by(deals["created"], np.arange(len(deals["created"])))
