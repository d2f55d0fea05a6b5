"""Planted behaviour that needs an opportunity's whole life: deletion, quarter parking, stale dates, silent windows.

Padding and pass-through are planned in `deals`, stage inflation in `paths`, labels in `labels`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, choose, full, sample, stream, take, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later, working_instant, working_seconds
from dagster_project.simulate.vocabulary import ACCEPTED, EXPANSION, LOST, WON
from dagster_project.simulate.world.deals import HONEST, INFLATION, PADDING, PARKING, PASS_THROUGH, STALE
from dagster_project.simulate.world.paths import closing, first_entry

_ENDS_LOST, _ENDS_DELETED, _STAYS_OPEN = range(3)


def live(options: Options, timeline: Timeline, deals: Frame, events: Frame) -> tuple[Frame, Frame]:
    """Cut the stage entries at deletion and at the end of the history, and plant what depends on the life that is left.

    Adds to the deals: `closed_at`, `deleted_at` (NULL: not), `life_end` (the earliest of both and the history's end),
    `bar_at` (first entry into a qualified stage or won), `parked_at`, `unparked_at`, `quiet_from`, `quiet_to`.
    """
    rng = stream(options.seed, "lives")
    count = len(deals["created"])
    ended_at, _ = closing(events, count)
    padded = deals["pattern"] == PADDING
    way = np.where(padded, choose(rng, (0.7, 0.2, 0.1), count), _ENDS_LOST)
    deleted_at = np.where(way == _ENDS_DELETED, ended_at, NULL)
    unwanted = sample(
        rng,
        (deals["pattern"] == HONEST) & ~deals["won"] & (deals["created"] < timeline.end - 25 * DAY),
        round(options.rates.deleted * count),
    )
    deleted_at = np.where(unwanted, later(deals["created"], 0.3 + 14 * rng.random(count)), deleted_at)
    deleted_at = np.where(deleted_at >= timeline.end, NULL, deleted_at)
    stop = np.where(deleted_at == NULL, timeline.end, deleted_at)
    final = np.append(events["deal"][1:] != events["deal"][:-1], True)
    kept = (events["at"] < stop[events["deal"]]) & ~(final & (way == _STAYS_OPEN)[events["deal"]])
    events = take(events, kept)
    last_at, last_stage = closing(events, count)
    closed_at = np.where((last_stage == WON) | (last_stage == LOST), last_at, NULL)
    deals = deals | {
        "closed_at": closed_at,
        "deleted_at": deleted_at,
        "life_end": np.minimum(stop, np.where(closed_at == NULL, timeline.end, closed_at)),
        "bar_at": first_entry(events, count, ACCEPTED, WON),
    }
    deals = _park(rng, options, timeline, deals)
    deals = _leave_stale(rng, options, timeline, deals)
    return _quiet(timeline, deals), events


def _alone(deals: Frame) -> Flags:
    """Honest so far, and not with a customer, whose other opportunities are conversations too."""
    return (deals["pattern"] == HONEST) & (deals["function"] != EXPANSION)


def _park(rng: np.random.Generator, options: Options, timeline: Timeline, deals: Frame) -> Frame:
    """Close dates moved into the next quarter just before a quarter ends, and out of it again while open."""
    count = len(deals["created"])
    quarter_end = timeline.next_quarter_start(deals["created"] + 25 * DAY)
    moved = quarter_end - (4 + whole(rng.random(count) * 13)) * DAY
    parked_at = working_instant(working_seconds(moved)) + whole(rng.random(count) * 9 * HOUR)
    unparked_at = later(quarter_end, 6 + 24 * rng.random(count))
    fits = _alone(deals) & ~deals["won"] & (deals["deleted_at"] == NULL)
    fits &= (unparked_at + 3 * DAY < deals["life_end"]) & (quarter_end < timeline.end)
    chosen = sample(rng, fits, round(options.rates.quarter_parking * count))
    return deals | {
        "pattern": np.where(chosen, PARKING, deals["pattern"]),
        "parked_at": np.where(chosen, parked_at, NULL),
        "unparked_at": np.where(chosen, unparked_at, NULL),
    }


def _leave_stale(rng: np.random.Generator, options: Options, timeline: Timeline, deals: Frame) -> Frame:
    """Open opportunities whose close date passes without anybody moving it."""
    is_open = (deals["closed_at"] == NULL) & (deals["deleted_at"] == NULL)
    fits = is_open & _alone(deals) & (deals["created"] < timeline.end - 45 * DAY)
    chosen = sample(rng, fits, round(options.rates.stale_close_date * is_open.sum()))
    return deals | {"pattern": np.where(chosen, STALE, deals["pattern"])}


def _quiet(timeline: Timeline, deals: Frame) -> Frame:
    """The window in which nobody of the customer's side answers; empty (both ends equal) for honest opportunities."""
    pattern, count = deals["pattern"], len(deals["created"])
    begins, ends = full(count, timeline.end), full(count, timeline.end)
    begins = np.where(pattern == PADDING, deals["created"] - 45 * DAY, begins)
    passed = (pattern == PASS_THROUGH) & (deals["bar_at"] != NULL)
    begins = np.where(passed, deals["bar_at"], begins)
    begins = np.where(pattern == STALE, timeline.end - 40 * DAY, begins)
    inflated = pattern == INFLATION
    begins = np.where(inflated, deals["inflated_at"] - 8 * DAY, begins)
    ends = np.where(inflated, deals["inflated_at"] + 8 * DAY, ends)
    parked = pattern == PARKING
    begins = np.where(parked, deals["parked_at"] - 16 * DAY, begins)
    ends = np.where(parked, deals["unparked_at"] + DAY, ends)
    return deals | {"quiet_from": begins, "quiet_to": ends}
