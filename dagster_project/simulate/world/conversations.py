"""Answers that keep honest opportunities honest: wherever a pattern is told by silence, these hold a conversation.

Each is one answer at an instant of an opportunity's life; chance conversation is in `activities`. Silent windows stay
silent.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Floats, Frame, Ints, full, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later, working_instant, working_seconds
from dagster_project.simulate.world.behaviours import is_left, seen_until
from dagster_project.simulate.world.changes import AMOUNT, CLOSE_DATE
from dagster_project.simulate.world.paths import undone_steps
from dagster_project.simulate.world.patterns import FAST_REJECTION, PADDING, PASS_THROUGH

_YOUNG, _LAST_WEEKS = 18 * DAY, 21 * DAY


def assured(
    rng: np.random.Generator,
    options: Options,
    timeline: Timeline,
    deals: Frame,
    events: Frame,
    changes: Frame,
) -> tuple[Ints, Ints]:
    """Opportunities and instants of answers, sorted by neither; none in a silent window."""
    talks = (deals["pattern"] != PADDING) & (deals["pattern"] != PASS_THROUGH)
    found = [
        _below_the_bar(rng, deals, talks),
        _past_the_bar(rng, deals, talks),
        _at_the_end(rng, options, timeline, deals, talks),
        _beside_moved_dates(rng, timeline, deals, changes),
        _beside_cuts(rng, changes),
        _beside_steps(rng, deals, events),
    ]
    deal = np.concatenate([rows for rows, _ in found])
    at = np.concatenate([instants for _, instants in found])
    at = np.maximum(at, deals["created"][deal] + HOUR)
    kept = talks[deal] & (at < deals["life_end"][deal])
    kept &= (at + HOUR < deals["quiet_from"][deal]) | (at >= deals["quiet_to"][deal])
    return deal[kept], at[kept]


def _within(draw: Floats, begin: Ints, end: Ints) -> Ints:
    """Working instants between others, at a share of the working time."""
    first, last = working_seconds(begin), working_seconds(end)
    return working_instant(first + whole(draw * np.maximum(last - first, 0)))


def _spoken(deals: Frame, rows: Ints, begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The part of a time that isn't silent: before the silence, or after it where there is no room before."""
    quiet_from, quiet_to = deals["quiet_from"][rows], deals["quiet_to"][rows]
    early = np.minimum(end, quiet_from - 2 * HOUR)
    before = (early - begin > DAY) | (quiet_from >= end) | (quiet_to <= begin)
    return np.where(before, begin, np.maximum(begin, np.minimum(quiet_to, end))), np.where(
        before & (early > begin), early, end
    )


def _below_the_bar(rng: np.random.Generator, deals: Frame, talks: Flags) -> tuple[Ints, Ints]:
    """One in the life of each that never clears the bar and lives for weeks."""
    created, end = deals["created"], deals["life_end"]
    rows = np.flatnonzero(talks & (deals["bar_at"] == NULL) & (end - created > _YOUNG))
    begin, end = _spoken(deals, rows, created[rows] + HOUR, end[rows] - 60)
    return rows, _within(0.1 + 0.7 * rng.random(len(rows)), begin, end)


def _past_the_bar(rng: np.random.Generator, deals: Frame, talks: Flags) -> tuple[Ints, Ints]:
    """One after the bar of each that clears it, unless it is rejected at once."""
    rows = np.flatnonzero(talks & (deals["lookalike"] != FAST_REJECTION) & (deals["bar_at"] != NULL))
    begin, end = _spoken(deals, rows, deals["bar_at"][rows] + 60, deals["life_end"][rows] - 60)
    return rows, _within(0.05 + 0.6 * rng.random(len(rows)), begin, end)


def _at_the_end(
    rng: np.random.Generator, options: Options, timeline: Timeline, deals: Frame, talks: Flags
) -> tuple[Ints, Ints]:
    """One in the last weeks that the extracts cover, of each open opportunity that is looked after."""
    seen = seen_until(options, timeline)
    is_open = (deals["life_end"] == timeline.end) & (deals["created"] < seen - DAY)
    rows = np.flatnonzero(talks & is_open & ~is_left(deals))
    begin = np.maximum(deals["created"][rows] + HOUR, seen - 20 * DAY)
    begin = np.where(deals["quiet_to"][rows] < seen - DAY, np.maximum(begin, deals["quiet_to"][rows]), begin)
    return rows, _within(rng.random(len(rows)), begin, full(len(rows), seen - 2 * HOUR))


def _beside_moved_dates(
    rng: np.random.Generator, timeline: Timeline, deals: Frame, changes: Frame
) -> tuple[Ints, Ints]:
    """One just before a close date moves into the next quarter in a quarter's last weeks."""
    rows = np.flatnonzero(changes["field"] == CLOSE_DATE)
    deal, at, value = changes["deal"][rows], changes["at"][rows], changes["value"][rows]
    quarter_end = timeline.next_quarter_start(at)
    into = (quarter_end - at < _LAST_WEEKS) & (value * DAY >= quarter_end)
    into &= value * DAY < timeline.next_quarter_start(quarter_end)
    deal, at = deal[into], at[into]
    fresh = at == deals["created"][deal]
    draw = rng.random(len(at))
    return deal, np.where(fresh, later(at, 0.3 + 2 * draw), later(at, -0.1 - 3 * draw))


def _beside_cuts(rng: np.random.Generator, changes: Frame) -> tuple[Ints, Ints]:
    """One within a day before an amount falls."""
    rows = np.flatnonzero(changes["field"] == AMOUNT)
    deal, at, value = changes["deal"][rows], changes["at"][rows], changes["value"][rows]
    less = np.append(False, (deal[1:] == deal[:-1]) & (value[1:] < value[:-1]) & (value[:-1] > 0) & (value[1:] != NULL))
    return deal[less], later(at[less], -0.05 - 0.6 * rng.random(int(less.sum())))


def _beside_steps(rng: np.random.Generator, deals: Frame, events: Frame) -> tuple[Ints, Ints]:
    """One just before each step forward that is undone, or lost, within weeks."""
    deal, at = undone_steps(events)
    slow = (deals["lookalike"] != FAST_REJECTION)[deal]
    return deal[slow], later(at[slow], -0.1 - 1.5 * rng.random(int(slow.sum())))
