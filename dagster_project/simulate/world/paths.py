"""How opportunities move through the stages: order, skips, regressions, stalls, comebacks, and how long it takes.

Amounts, dates and other fields are in `edits`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Floats, Frame, Ints, concat, full, instant_key, stream, take
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import (
    DAY,
    HOUR,
    WORKDAY,
    Timeline,
    last_workday,
    working_instant,
    working_seconds,
)
from dagster_project.simulate.vocabulary import ACCEPTED, LOST, NEGOTIATION, PROSPECTING, QUALIFICATION, STAGES, WON
from dagster_project.simulate.world.company import Company
from dagster_project.simulate.world.deals import MEAN_AMOUNT_USD
from dagster_project.simulate.world.patterns import (
    EARLY_LOSS,
    FAST_REJECTION,
    PADDING,
    PASS_THROUGH,
    SENT_BACK,
    is_scripted,
)

_SKIPS, _REGRESSES, _REOPENS = 0.06, 0.07, 0.035
_SEGMENT_PACE = np.array([1.22, 0.80])
# Time that opportunities of each true source take beside others, how much longer those of more money take (a power of
# the amount over the segment's mean), and how much longer lost ones are held on to in their last stage.
_SOURCE_PACE = np.array([1.0, 1.04, 1.0, 0.6, 0.86, 0.9])
_SIZE_PACE, _LAST_OF_LOST = 0.3, 1.6
# Share of opportunities that stall in one of their stages, and working days lost there: least, and most beyond it.
_STALLS, _STALLED, _STALLED_MORE = 0.22, 15, 160
# Share of the reopened that come back after months, and working days until then: least, and most beyond it.
_COMES_BACK, _GONE, _GONE_MORE = 0.5, 40, 130
# A visit is a stall when it lasts so long and so many times as long as usual; how long it takes to fall silent, and how
# long before the next step people talk again.
_STALL_LEAST, _STALL_TIMES = 45 * DAY, 2.0
_FALLS_SILENT, _SPEAKS_AGAIN = 10 * DAY, 5 * DAY
# Of the sales three to eleven weeks before a quarter's end, the share that waits for its last three.
_BUNCHED, _SEASON, _SEASON_REACH = 0.3, 21 * DAY, 77 * DAY
# Of the losses two to eight weeks before a quarter's end, the share that is written off in its last two.
_CLEANED, _CLEANING, _CLEANING_REACH = 0.22, 14 * DAY, 56 * DAY
_SOON, _STEPS_AHEAD = 30 * DAY, 5
_REACHED, _BACK, _AGAIN, _FIRST_END, _REOPENED, _END = 0, 1, 2, 100, 101, 200


def stage_events(options: Options, company: Company, deals: Frame, concern: str) -> Frame:
    """Entries into stages (`deal`, `stage`, `at`), by opportunity and time, with instants past the end of the history.

    The last entry of an opportunity is into Closed Won or Closed Lost.
    """
    rng = stream(options.seed, f"paths {concern}")
    steps = _steps(rng, deals)
    deal, stage = steps["deal"], steps["stage"]
    kept = np.append(True, (deal[1:] != deal[:-1]) | (stage[1:] != stage[:-1])) if len(deal) else full(0).astype(bool)
    deal, stage = deal[kept], stage[kept]
    working = working_seconds(deals["created"])[deal] + _elapsed(rng, _pace(company, deals), deals, deal, stage)
    at = working_instant(working)
    shared = np.append(deal[1:] != deal[:-1], True) & (deals["closes_at"][deal] != NULL)
    return {"deal": deal, "stage": stage, "at": np.where(shared, deals["closes_at"][deal], at)}


def closing(events: Frame, count: int) -> tuple[Ints, Ints]:
    """Instant and stage of the last entry of each of `count` opportunities."""
    at, stage = full(count), full(count)
    last = np.append(events["deal"][1:] != events["deal"][:-1], True)
    at[events["deal"][last]] = events["at"][last]
    stage[events["deal"][last]] = events["stage"][last]
    return at, stage


def _steps(rng: np.random.Generator, deals: Frame) -> Frame:
    """Stages in the order in which each opportunity enters them."""
    count = len(deals["start"])
    start, reach = deals["start"], deals["reach"]
    planted = is_scripted(deals)
    grid = np.arange(NEGOTIATION + 1)
    visited = (grid >= start[:, None]) & (grid <= reach[:, None])
    edge = (grid == start[:, None]) | (grid == reach[:, None]) | planted[:, None]
    visited &= edge | (rng.random(visited.shape) >= _SKIPS)
    deal, stage = np.nonzero(visited)
    parts = [_entries(deal, stage, stage * 10 + _REACHED)]

    pivot = start + 1 + np.floor(rng.random(count) * (reach - start)).astype(np.int64)
    back = np.flatnonzero((reach > start) & (rng.random(count) < _REGRESSES) & ~planted)
    parts.append(_entries(back, pivot[back] - 1, pivot[back] * 10 + _BACK))
    parts.append(_entries(back, pivot[back], pivot[back] * 10 + _AGAIN))

    undone = np.flatnonzero(deals["pattern_way"] == SENT_BACK)
    parts.append(_entries(undone, full(len(undone), QUALIFICATION), full(len(undone), ACCEPTED * 10 + _BACK)))

    again = np.flatnonzero((reach > PROSPECTING) & (rng.random(count) < _REOPENS) & ~planted)
    parts.append(_entries(again, full(len(again), LOST), full(len(again), _FIRST_END)))
    parts.append(_entries(again, reach[again], full(len(again), _REOPENED)))

    everyone = np.arange(count)
    parts.append(_entries(everyone, np.where(deals["won"], WON, LOST), full(count, _END)))
    steps = concat(parts)
    return take(steps, np.lexsort((steps["order"], steps["deal"])))


def _entries(deal: Ints, stage: Ints, order: Ints) -> Frame:
    return {"deal": deal.astype(np.int64), "stage": stage.astype(np.int64), "order": order.astype(np.int64)}


def _pace(company: Company, deals: Frame) -> Floats:
    """Time that each opportunity takes beside the stages' means."""
    usd = company.to_usd(deals["amount"], deals["currency"], deals["created"]) / 100
    larger = np.clip(usd / MEAN_AMOUNT_USD[deals["segment"]], 0.2, 5.0) ** _SIZE_PACE
    return _SEGMENT_PACE[deals["segment"]] * _SOURCE_PACE[deals["function"]] * larger


def _elapsed(rng: np.random.Generator, pace: Floats, deals: Frame, deal: Ints, stage: Ints) -> Ints:
    """Working seconds from creation to each entry."""
    days = _usual_days(pace, deal, stage) * rng.gamma(1.7, 1 / 1.7, len(deal)) + 0.05
    draw = rng.random(len(deal))
    first = np.append(True, deal[1:] != deal[:-1])
    ends = np.append(first[1:], True)
    days[np.append(ends[1:], False) & ~ends & ~deals["won"][deal]] *= _LAST_OF_LOST
    days += _setbacks(rng, len(pace), deal, stage, first, ends)
    rows = np.flatnonzero(is_scripted(deals)[deal])
    came_from = np.where(first, NULL, np.append(NULL, stage[:-1]))[rows]
    days[rows] = _script(take(deals, deal[rows]), stage[rows], came_from, draw[rows])
    passed = np.cumsum(np.floor(days * WORKDAY).astype(np.int64) + 60)
    before = np.append(0, passed[:-1])
    base = before[first]
    return before - base[np.cumsum(first) - 1]


def _usual_days(pace: Floats, deal: Ints, stage: Ints) -> Floats:
    return np.array([item.days for item in STAGES])[stage] * pace[deal]


def _setbacks(rng: np.random.Generator, count: int, deal: Ints, stage: Ints, first: Flags, ends: Flags) -> Floats:
    """Working days lost in one stage each of those that stall, and until those come back that are gone for months."""
    starts = np.flatnonzero(first)
    open_steps = np.diff(np.append(starts, len(deal))) - 1
    stalled = starts + np.floor(rng.random(count) * open_steps).astype(np.int64)
    found = np.zeros(len(deal))
    found[stalled] = np.where(rng.random(count) < _STALLS, _STALLED + _STALLED_MORE * rng.random(count) ** 1.5, 0.0)
    # A loss doesn't stall; it may be long.
    lost = (stage == LOST) & ~ends
    gone = np.where(rng.random(len(deal)) < _COMES_BACK, _GONE + _GONE_MORE * rng.random(len(deal)) ** 1.5, 0.0)
    return np.where(stage < WON, found, np.where(lost, gone, 0.0))


def silences(company: Company, deals: Frame, events: Frame) -> Frame:
    """Windows in the lives of opportunities in which nothing happens, empty (both ends alike) where there are none.

    `stalled_from` and `stalled_to` lie within the longest visit that is a stall, `gone_from` and `gone_to` are the
    longest time lost before being reopened.
    """
    deal, stage, at = events["deal"], events["stage"], events["at"]
    final = np.append(deal[1:] != deal[:-1], True)
    left = np.where(final, deals["life_end"][deal], np.append(at[1:], 0))
    usual = _usual_days(_pace(company, deals), deal, stage) * (7 / 5 * DAY)
    long = (stage < WON) & (left - at > np.maximum(_STALL_TIMES * usual, _STALL_LEAST))
    lost = (stage == LOST) & ~final
    stalled_from, stalled_to = _longest(deals, deal, at + _FALLS_SILENT, left - _SPEAKS_AGAIN, long)
    gone_from, gone_to = _longest(deals, deal, at, left, lost)
    return {"stalled_from": stalled_from, "stalled_to": stalled_to, "gone_from": gone_from, "gone_to": gone_to}


def _longest(deals: Frame, deal: Ints, begins: Ints, ends: Ints, chosen: Flags) -> tuple[Ints, Ints]:
    """Both ends of the longest of the chosen windows of each opportunity; else its life's end twice."""
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort((ends - begins)[rows], kind="stable")]
    first, last = deals["life_end"].copy(), deals["life_end"].copy()
    first[deal[rows]], last[deal[rows]] = begins[rows], ends[rows]
    return first, last


def _script(deals: Frame, stage: Ints, came_from: Ints, draw: Floats) -> Floats:
    """Working days in each stage where a pattern or look-alike sets the pace: below the bar, or across it fast."""
    lookalike = deals["lookalike"]
    idle = (deals["pattern"] == PADDING) | (lookalike == EARLY_LOSS)
    slow = np.where(stage == QUALIFICATION, 24 + 7 * draw, 17 + 14 * draw)
    at_bar = np.where(deals["pattern"] == PASS_THROUGH, 25 + 22 * draw, 20 + 20 * draw)
    # Within seven days even over Christmas.
    at_bar = np.where(lookalike == FAST_REJECTION, 0.9 + 1.9 * draw, at_bar)
    across = np.where(stage < ACCEPTED, 0.2 + 0.6 * draw, at_bar)
    across = np.where((stage == QUALIFICATION) & (came_from == ACCEPTED), 4 + 8 * draw, across)
    return np.where(idle, slow, across)


def bunch(options: Options, timeline: Timeline, deals: Frame, events: Frame, concern: str) -> Frame:
    """Entries with some ends later: customers sign, and sellers press, in the last three weeks of a quarter.

    In its last two weeks some of the losses are written off that have been lingering.
    """
    rng = stream(options.seed, f"season {concern}")
    final = np.append(events["deal"][1:] != events["deal"][:-1], True) & (events["at"] < timeline.end)
    won = np.flatnonzero(final & (events["stage"] == WON))
    own_pace = ~is_scripted(deals)[events["deal"]]
    lost = np.flatnonzero(final & (events["stage"] == LOST) & own_pace)
    found = events["at"].copy()
    found[won] = _held_back(rng, timeline, found[won], _BUNCHED, _SEASON, _SEASON_REACH)
    found[lost] = _held_back(rng, timeline, found[lost], _CLEANED, _CLEANING, _CLEANING_REACH)
    return events | {"at": found}


def _held_back(rng: np.random.Generator, timeline: Timeline, at: Ints, share: float, season: int, reach: int) -> Ints:
    """Instants with a share of those that precede a quarter's last days (`season`), by `reach` at most, put there."""
    quarter_end = timeline.next_quarter_start(at)
    ahead = quarter_end - at
    moved = (ahead > season) & (ahead < reach) & (rng.random(len(at)) < share)
    drawn = quarter_end - DAY - (rng.random(len(at)) ** 1.5 * (season - DAY)).astype(np.int64)
    late = last_workday(drawn // DAY) * DAY + 8 * HOUR + (rng.random(len(at)) * WORKDAY).astype(np.int64)
    return np.where(moved, np.maximum(late, at), at)


def undone_steps(events: Frame) -> tuple[Ints, Ints]:
    """Steps forward that are taken back, or lost, within 30 days: opportunities and instants."""
    deal, stage, at = events["deal"], events["stage"], events["at"]
    forward = np.append(False, (deal[1:] == deal[:-1]) & (stage[1:] > stage[:-1])) & (stage < WON)
    undone = np.zeros(len(deal), dtype=np.bool_)
    for ahead in range(1, min(_STEPS_AHEAD, len(deal) - 1) + 1):
        back = (deal[ahead:] == deal[:-ahead]) & ((stage[ahead:] == LOST) | (stage[ahead:] < stage[:-ahead]))
        undone[:-ahead] |= back & (at[ahead:] - at[:-ahead] <= _SOON)
    rows = forward & undone
    return deal[rows], at[rows]


def reorder(events: Frame, rank: Ints) -> Frame:
    """Events whose opportunities are renumbered, sorted again."""
    events = events | {"deal": rank[events["deal"]]}
    return take(events, np.argsort(instant_key(events["deal"], events["at"]), kind="stable"))


def first_entry(events: Frame, count: int, least_stage: int, most_stage: int) -> Ints:
    """Earliest entry of each opportunity into a stage of the range; NULL where there is none."""
    rows = (events["stage"] >= least_stage) & (events["stage"] <= most_stage)
    found = full(count, np.iinfo(np.int64).max)
    np.minimum.at(found, events["deal"][rows], events["at"][rows])
    return np.where(found == np.iinfo(np.int64).max, NULL, found)
