"""How opportunities move through the stages: order, skips, regressions, reopenings, and how long each step takes.

Amounts, dates and other fields are in `edits`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Floats, Frame, Ints, concat, full, instant_key, stream, take
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, WORKDAY, Timeline, working_instant, working_seconds
from dagster_project.simulate.vocabulary import ACCEPTED, LOST, NEGOTIATION, PROSPECTING, QUALIFICATION, STAGES, WON
from dagster_project.simulate.world.patterns import (
    EARLY_LOSS,
    FAST_REJECTION,
    PADDING,
    PASS_THROUGH,
    SENT_BACK,
    is_scripted,
)

_SKIPS, _REGRESSES, _REOPENS = 0.06, 0.07, 0.025
_SEGMENT_PACE = np.array([1.2, 0.8])
# Of the sales three to eleven weeks before a quarter's end, the share that waits for its last three.
_BUNCHED, _SEASON, _SEASON_REACH = 0.3, 21 * DAY, 77 * DAY
_SOON, _STEPS_AHEAD = 30 * DAY, 5
_REACHED, _BACK, _AGAIN, _FIRST_END, _REOPENED, _END = 0, 1, 2, 100, 101, 200


def stage_events(options: Options, deals: Frame, concern: str) -> Frame:
    """Entries into stages (`deal`, `stage`, `at`), by opportunity and time, with instants past the end of the history.

    The last entry of an opportunity is into Closed Won or Closed Lost.
    """
    rng = stream(options.seed, f"paths {concern}")
    steps = _steps(rng, deals)
    deal, stage = steps["deal"], steps["stage"]
    kept = np.append(True, (deal[1:] != deal[:-1]) | (stage[1:] != stage[:-1])) if len(deal) else full(0).astype(bool)
    deal, stage = deal[kept], stage[kept]
    working = working_seconds(deals["created"])[deal] + _elapsed(rng, deals, deal, stage)
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


def _elapsed(rng: np.random.Generator, deals: Frame, deal: Ints, stage: Ints) -> Ints:
    """Working seconds from creation to each entry."""
    mean = np.array([item.days for item in STAGES])[stage] * _SEGMENT_PACE[deals["segment"][deal]]
    days = rng.gamma(1.7, mean / 1.7) + 0.05
    draw = rng.random(len(deal))
    first = np.append(True, deal[1:] != deal[:-1])
    rows = np.flatnonzero(is_scripted(deals)[deal])
    came_from = np.where(first, NULL, np.append(NULL, stage[:-1]))[rows]
    days[rows] = _script(take(deals, deal[rows]), stage[rows], came_from, draw[rows])
    passed = np.cumsum(np.floor(days * WORKDAY).astype(np.int64) + 60)
    before = np.append(0, passed[:-1])
    base = before[first]
    return before - base[np.cumsum(first) - 1]


def _script(deals: Frame, stage: Ints, came_from: Ints, draw: Floats) -> Floats:
    """Working days in each stage where a pattern or look-alike sets the pace: below the bar, or across it fast."""
    lookalike = deals["lookalike"]
    idle = (deals["pattern"] == PADDING) | (lookalike == EARLY_LOSS)
    slow = np.where(stage == QUALIFICATION, 24 + 7 * draw, 17 + 14 * draw)
    at_bar = np.where(deals["pattern"] == PASS_THROUGH, 25 + 22 * draw, 20 + 20 * draw)
    at_bar = np.where(lookalike == FAST_REJECTION, 1 + 3 * draw, at_bar)
    across = np.where(stage < ACCEPTED, 0.2 + 0.6 * draw, at_bar)
    across = np.where((stage == QUALIFICATION) & (came_from == ACCEPTED), 4 + 8 * draw, across)
    return np.where(idle, slow, across)


def bunch(options: Options, timeline: Timeline, events: Frame, concern: str) -> Frame:
    """Entries with some sales later: customers sign, and sellers press, in the last three weeks of a quarter."""
    rng = stream(options.seed, f"season {concern}")
    final = np.append(events["deal"][1:] != events["deal"][:-1], True)
    won = np.flatnonzero(final & (events["stage"] == WON) & (events["at"] < timeline.end))
    quarter_end = timeline.next_quarter_start(events["at"][won])
    ahead = quarter_end - events["at"][won]
    moved = (ahead > _SEASON) & (ahead < _SEASON_REACH) & (rng.random(len(won)) < _BUNCHED)
    drawn = quarter_end - DAY - (rng.random(len(won)) ** 1.5 * (_SEASON - DAY)).astype(np.int64)
    day = drawn // DAY - np.maximum((drawn // DAY + 3) % 7 - 4, 0)
    at = day * DAY + 8 * HOUR + (rng.random(len(won)) * WORKDAY).astype(np.int64)
    found = events["at"].copy()
    found[won] = np.where(moved, np.maximum(at, events["at"][won]), events["at"][won])
    return events | {"at": found}


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
