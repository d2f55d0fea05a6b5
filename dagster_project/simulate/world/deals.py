"""What each opportunity is in truth: when it came, from whom, for how much, how far it will get, what is planted in it.

The plan is made before anything is recorded. How it moves through the stages is in `paths`, what the CRM keeps of it
in `edits`.
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
    sample,
    spread,
    stream,
    whole,
)
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, WORKDAY, Timeline, later, working_instant, working_seconds
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
from dagster_project.simulate.world.company import AE, AM, PARTNER_MANAGER, SDR, Company, members

HONEST, PADDING, PASS_THROUGH, PARKING, INFLATION, STALE = range(6)
PATTERNS = ("", "padding", "pass_through", "quarter_parking", "stage_inflation", "stale_close_date")

# By true source: share of arrivals, share that clears the bar, share of those that is won.
SHARE = np.array([0.31, 0.27, 0.19, 0.03, 0.11, 0.09])
CLEARS_BAR = np.array([0.70, 0.66, 0.68, 0.66, 0.74, 0.80])
WINS = np.array([0.32, 0.21, 0.28, 0.26, 0.25, 0.30])
MEAN_AMOUNT_USD = np.array([150_000, 78_000])
_AMOUNT_SIGMA = 0.55
_GROWTH_PER_QUARTER = 1.04
_RAMP_SECONDS = 120 * DAY


def new_business(options: Options, timeline: Timeline, company: Company) -> Frame:
    """Opportunities with companies that aren't customers yet, in order of creation."""
    rng = stream(options.seed, "deals")
    count = options.opportunities - round(options.opportunities * SHARE[EXPANSION])
    function = _functions(rng, count)
    created = _arrivals(rng, timeline, count)
    return plan(rng, options, timeline, company, function, created, rng.choice(company.ae_teams(), count))


def expansions(options: Options, timeline: Timeline, company: Company, deals: Frame, won_at: Ints) -> Frame:
    """Opportunities with customers: each follows a won opportunity of `deals` (column `follows`).

    Where nothing was won early enough they are the AEs' own prospects instead, so that the count stays as asked.
    """
    rng = stream(options.seed, "expansions")
    count = options.opportunities - len(won_at)
    room = timeline.end - 40 * DAY
    winners = np.flatnonzero((won_at != NULL) & (won_at < room))
    if len(winners) == 0:
        created = np.sort(_arrivals(rng, timeline, count))
        team = rng.choice(company.ae_teams(), count)
        found = plan(rng, options, timeline, company, full(count, OUTBOUND_AE), created, team)
        return found | {"follows": full(count)}
    follows = winners[rng.integers(0, len(winners), count)]
    wait = np.minimum((timeline.end - 5 * DAY - won_at[follows]) / DAY * 5 / 7 - 10, 130)
    created = later(won_at[follows], 10 + rng.random(count) * wait)
    function = full(count, EXPANSION)
    return plan(rng, options, timeline, company, function, created, deals["team"][follows]) | {"follows": follows}


def plan(
    rng: np.random.Generator,
    options: Options,
    timeline: Timeline,
    company: Company,
    function: Ints,
    created: Ints,
    team: Ints,
) -> Frame:
    """Owner, creator, amount, furthest stage, outcome and pattern of opportunities whose source and date are known."""
    count = len(created)
    segment, territory = company.teams["segment"][team], company.teams["territory"][team]
    closer = pick_staff(rng, company, AE, team, created)
    sdr = pick_staff(rng, company, SDR, company.sdr_team(team), created)
    creator, owner, first_owner = _people(rng, company, function, closer, sdr)
    currency = np.where(territory == 0, 0, np.where(rng.random(count) < 0.6, 1, 2))
    usd = MEAN_AMOUNT_USD[segment] * np.exp(_AMOUNT_SIGMA * rng.standard_normal(count) - _AMOUNT_SIGMA**2 / 2)
    local = whole(usd * company.rate(currency, created) / 1_000_000 / 100 + 0.5) * 100
    amount = np.maximum(local, 1_000) * 100
    by_size = np.lexsort((usd, segment, function))
    bar = spread(rng, CLEARS_BAR[function], by_size)
    chance = WINS[function] * bar * company.skill[owner]
    for code in range(len(WINS)):
        rows = (function == code) & bar
        if chance[rows].sum() > 0:
            chance[rows] *= WINS[code] * rows.sum() / chance[rows].sum()
    won = spread(rng, np.minimum(chance, 1), by_size)
    start, reach = _stages(rng, function, bar, won)
    deals: Frame = {
        "created": created,
        "function": function,
        "team": team,
        "segment": segment,
        "territory": territory,
        "currency": currency,
        "amount": amount,
        "creator": creator,
        "owner": owner,
        "first_owner": first_owner,
        "start": start,
        "reach": reach,
        "won": won,
        "pattern": full(count, HONEST),
        "has_evidence": (rng.random(count) > 0.05) | (function >= MARKETING),
        "follows": full(count),
    }
    return _patterns(rng, options, timeline, deals, bar)


def pick_staff(rng: np.random.Generator, company: Company, role: int, team: Ints, at: Ints) -> Ints:
    """A user of the role who is in the team at each instant; skilled ones get more, newcomers less."""
    chosen = full(len(team))
    draw = rng.random(len(team))
    for number in np.unique(team):
        rows = np.flatnonzero(team == number)
        users, begins, ends = members(company, role, int(number))
        instants = at[rows][:, None]
        there = (begins <= instants) & (instants < ends)
        ramp = np.where(instants - company.users["started"][users] < _RAMP_SECONDS, 0.5, 1.0)
        edges = np.cumsum(there * company.skill[users] * ramp, axis=1)
        position = (edges <= draw[rows][:, None] * edges[:, -1:]).sum(axis=1)
        chosen[rows] = users[np.minimum(position, len(users) - 1)]
    return chosen


def _functions(rng: np.random.Generator, count: int) -> Ints:
    """True sources of new business in the asked shares, spread over time at random."""
    shares = SHARE[:EXPANSION] / SHARE[:EXPANSION].sum()
    edges = np.floor(np.cumsum(shares) * count + 0.5).astype(np.int64)
    return rng.permutation(np.searchsorted(edges, np.arange(count), side="right").astype(np.int64))


def _arrivals(rng: np.random.Generator, timeline: Timeline, count: int) -> Ints:
    """Working instants, evenly spread, each quarter a little busier than the one before; sorted."""
    edges = working_seconds(timeline.quarter_starts)
    weights = _GROWTH_PER_QUARTER ** np.arange(timeline.quarters)
    reached = np.append(0, np.cumsum(weights)) / weights.sum()
    draw = (np.arange(count) + rng.random(count)) / max(count, 1)
    return working_instant(np.minimum(whole(np.interp(draw, reached, edges.astype(np.float64))), edges[-1] - WORKDAY))


def _people(
    rng: np.random.Generator, company: Company, function: Ints, closer: Ints, sdr: Ints
) -> tuple[Ints, Ints, Ints]:
    """Creator, owner, and first owner: SDRs hold half of what they create until the AE takes over."""
    count = len(function)
    managers, partners = company.staff(AM), company.staff(PARTNER_MANAGER)
    manager = managers[rng.integers(0, len(managers), count)]
    partner = partners[rng.integers(0, len(partners), count)]
    kept = (function == EXPANSION) & (rng.random(count) < 0.5)
    owner = np.where(kept, manager, closer)
    by_sdr = (function == OUTBOUND_SDR) | (
        ((function == MARKETING) | (function == PRODUCT_LED)) & (rng.random(count) < 0.5)
    )
    creator = np.where(by_sdr, sdr, owner)
    creator = np.where((function == PARTNER) & (rng.random(count) < 0.4), partner, creator)
    held = by_sdr & (rng.random(count) < 0.5)
    return creator, owner, np.where(held, sdr, owner)


def _stages(rng: np.random.Generator, function: Ints, bar: Flags, won: Flags) -> tuple[Ints, Ints]:
    """Stage of creation and furthest open stage."""
    count = len(function)
    outbound = function <= OUTBOUND_SDR
    early, late = rng.random(count) < 0.35, rng.random(count) < 0.3
    start = np.where(outbound & early, PROSPECTING, np.where(~outbound & late, QUALIFICATION, DISCOVERY))
    short = start + whole(rng.random(count) * (ACCEPTED - start))
    lost = ACCEPTED + choose(rng, (0.35, 0.4, 0.25), count)
    final = np.where(rng.random(count) < 0.85, NEGOTIATION, PROPOSAL)
    return start, np.where(won, final, np.where(bar, lost, short))


def _patterns(rng: np.random.Generator, options: Options, timeline: Timeline, deals: Frame, bar: Flags) -> Frame:
    """Padding and pass-through, planted among opportunities whose outcome they fit, so that win rates stay as asked."""
    rates = options.rates
    function, pattern, created = deals["function"], deals["pattern"], deals["created"].copy()
    padded = sample(rng, (function <= OUTBOUND_SDR) & ~bar, round(rates.padding * options.opportunities))
    passed = sample(
        rng,
        (function == OUTBOUND_SDR) & bar & ~deals["won"] & (deals["creator"] != deals["owner"]),
        round(rates.pass_through * (function == OUTBOUND_SDR).sum()),
    )
    pattern = np.where(padded, PADDING, np.where(passed, PASS_THROUGH, pattern))
    # Most padding appears just before a quarter ends.
    late = timeline.next_quarter_start(created) - (1 + whole(rng.random(len(created)) * 12)) * DAY + created % DAY
    hurried = padded & (rng.random(len(created)) < 0.6) & (late > created)
    created = np.where(
        hurried,
        working_instant(np.minimum(working_seconds(late), working_seconds(timeline.quarter_starts[-1:]) - HOUR)),
        created,
    )
    return deals | {
        "pattern": pattern,
        "created": created,
        "start": np.where(padded | passed, DISCOVERY, deals["start"]),
        "reach": np.where(
            padded, DISCOVERY + (rng.random(len(created)) < 0.4), np.where(passed, ACCEPTED, deals["reach"])
        ),
        "has_evidence": deals["has_evidence"] & ~padded,
    }


def in_order(deals: Frame) -> Ints:
    """Rank of each opportunity by creation; ties by its row."""
    return rank_by(deals["created"], np.arange(len(deals["created"])))
