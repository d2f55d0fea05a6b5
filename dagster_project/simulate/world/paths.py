"""How opportunities move through the stages: order, skips, regressions, reopenings, and how long each step takes.

Amounts, dates and other fields are in `edits`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, concat, full, instant_key, rank_by, sample, stream, take
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, WORKDAY, Timeline, working_instant, working_seconds
from dagster_project.simulate.vocabulary import (
    ACCEPTED,
    EXPANSION,
    LOST,
    NEGOTIATION,
    PROSPECTING,
    QUALIFICATION,
    STAGES,
    WON,
)
from dagster_project.simulate.world.deals import HONEST, INFLATION, PADDING, PASS_THROUGH

_SKIPS, _REGRESSES, _REOPENS = 0.06, 0.07, 0.025
_SEGMENT_PACE = np.array([1.2, 0.8])
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
    return {"deal": deal, "stage": stage, "at": working_instant(working)}


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
    planted = (deals["pattern"] == PADDING) | (deals["pattern"] == PASS_THROUGH)
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
    pattern = deals["pattern"][deal]
    days = np.where(pattern == PADDING, 17 + 14 * draw, days)
    quick = (pattern == PASS_THROUGH) & (stage < ACCEPTED)
    days = np.where(quick, 0.2 + 0.6 * draw, days)
    days = np.where((pattern == PASS_THROUGH) & (stage == ACCEPTED), 26 + 30 * draw, days)
    passed = np.cumsum(np.floor(days * WORKDAY).astype(np.int64) + 60)
    before = np.append(0, passed[:-1])
    first = np.append(True, deal[1:] != deal[:-1])
    base = before[first]
    return before - base[np.cumsum(first) - 1]


def inflate(options: Options, timeline: Timeline, deals: Frame, events: Frame) -> tuple[Frame, Frame]:
    """Plant stage inflation: a step forward shortly before a quarter ends, then back or lost within 30 days.

    Returns the events with the extra entries, and the deals with their pattern and the instant of the step
    (`inflated_at`, NULL elsewhere). Only visits across a quarter's end are eligible that are long, or end in a loss
    soon after, so that nothing else about the opportunity changes; the step never crosses the bar.
    """
    rng = stream(options.seed, "stage inflation")
    count = len(deals["created"])
    deal, stage, at = events["deal"], events["stage"], events["at"]
    final = np.append(deal[1:] != deal[:-1], True)
    left = np.where(final, timeline.end, np.minimum(np.append(at[1:], timeline.end), timeline.end))
    quarter_end = timeline.next_quarter_start(at + 12 * DAY)
    goes_back = (quarter_end + 25 * DAY < left) & (quarter_end < timeline.end)
    is_lost = (np.append(stage[1:], LOST) == LOST) & np.append(final[1:], False)
    is_lost &= (quarter_end < left) & (left < quarter_end + 20 * DAY) & (left < timeline.end)
    fits = goes_back | is_lost
    fits &= (stage != PROSPECTING) & (stage != QUALIFICATION) & (stage < NEGOTIATION)
    fits &= ((deals["pattern"] == HONEST) & (deals["function"] != EXPANSION) & ~deals["won"])[deal]
    first = np.zeros(len(deal), dtype=np.bool_)
    visits = np.flatnonzero(fits)
    first[visits[np.unique(deal[visits], return_index=True)[1]]] = True
    chosen = np.flatnonzero(sample(rng, first, round(options.rates.stage_inflation * options.opportunities)))
    forward = working_instant(working_seconds(quarter_end[chosen] - (4 + rng.integers(0, 6, len(chosen))) * DAY))
    forward += rng.integers(0, 9 * 3600, len(chosen))
    back = working_instant(working_seconds(forward + (10 + rng.integers(0, 14, len(chosen))) * DAY))
    extra: Frame = {"deal": deal[chosen], "stage": stage[chosen] + 1, "at": forward}
    undone: Frame = {"deal": deal[chosen], "stage": stage[chosen], "at": back}
    events = concat([events, extra, take(undone, goes_back[chosen])])
    events = take(events, np.argsort(instant_key(events["deal"], events["at"]), kind="stable"))
    pattern, inflated_at = deals["pattern"].copy(), full(count)
    pattern[deal[chosen]] = INFLATION
    inflated_at[deal[chosen]] = forward
    return events, deals | {"pattern": pattern, "inflated_at": inflated_at}


def reorder(events: Frame, rank: Ints) -> Frame:
    """Events whose opportunities are renumbered, sorted again."""
    events = events | {"deal": rank[events["deal"]]}
    return take(events, np.argsort(rank_by(events["deal"], events["at"])).astype(np.int64))


def first_entry(events: Frame, count: int, least_stage: int, most_stage: int) -> Ints:
    """Earliest entry of each opportunity into a stage of the range; NULL where there is none."""
    rows = (events["stage"] >= least_stage) & (events["stage"] <= most_stage)
    found = full(count, np.iinfo(np.int64).max)
    np.minimum.at(found, events["deal"][rows], events["at"][rows])
    return np.where(found == np.iinfo(np.int64).max, NULL, found)
