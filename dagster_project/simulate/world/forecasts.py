"""What owners expect of an opportunity: its amount and its close date, and how both move."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, concat, full, whole
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later, working_instant, working_seconds
from dagster_project.simulate.vocabulary import NEGOTIATION, PROPOSAL, QUALIFICATION, WON
from dagster_project.simulate.world.behaviours import is_left
from dagster_project.simulate.world.changes import AMOUNT, CLOSE_DATE, change, initial
from dagster_project.simulate.world.gaps import FILLED
from dagster_project.simulate.world.paths import first_entry
from dagster_project.simulate.world.patterns import DATE_PAST, HONEST, INFLATED, INFLATION, PADDING, PASS_THROUGH

_EXPECTED_DAYS = np.array([165, 110])
_PUSHES = 12
_LAST_WEEKS = 21
_NEVER = np.int64(2**33)


def amounts(rng: np.random.Generator, deals: Frame, events: Frame) -> Frame:
    """An amount at creation or some days after; revised at the proposal, discounted in negotiation or at the end."""
    count = len(deals["created"])
    everyone = np.arange(count)
    # In silence a revision would look inflated.
    steady = (deals["raised_at"] != NULL) | (deals["pattern"] != HONEST)
    filled_at = np.where(deals["amount_filled_at"] == NULL, _NEVER, deals["amount_filled_at"])
    slow = (deals["amount_gap"] == FILLED) & ~steady & (rng.random(count) < 0.08)
    slowly = later(deals["created"], 0.3 + 4 * rng.random(count))
    entered = first_entry(events, count, QUALIFICATION, WON)
    slow &= (entered == NULL) | (slowly < entered)
    filled_at = np.where(slow, slowly, filled_at)
    parts = [initial(AMOUNT, deals, np.where(filled_at > deals["created"], NULL, deals["amount"]))]
    filled = np.flatnonzero((filled_at > deals["created"]) & (filled_at < deals["life_end"]))
    parts.append(change(AMOUNT, filled, filled_at[filled], deals["amount"][filled]))
    factor = np.ones(count)
    for stage, share, low, high in (
        (PROPOSAL, 0.35, 0.85, 1.35),
        (NEGOTIATION, 0.35, 0.82, 1.0),
        (WON, 0.2, 0.94, 1.0),
    ):
        at = first_entry(events, count, stage, stage)
        revised = (at > filled_at) & (rng.random(count) < share) & ~steady
        factor = np.where(revised, factor * (low + (high - low) * rng.random(count)), factor)
        amount = np.maximum(whole(deals["amount"] * factor / 10_000 + 0.5) * 10_000, 100_000)
        parts.append(change(AMOUNT, everyone[revised], at[revised], amount[revised]))
    closed = (deals["closed_at"] != NULL) & (first_entry(events, count, WON, WON) == NULL)
    zeroed = closed & ~steady & (rng.random(count) < 0.04) & (filled_at < deals["life_end"])
    parts.append(change(AMOUNT, everyone[zeroed], deals["closed_at"][zeroed], full(int(zeroed.sum()), 0)))
    for at, value in ((deals["raised_at"], deals["raised_to"]), (deals["cut_at"], deals["cut_to"])):
        rows = np.flatnonzero(at != NULL)
        parts.append(change(AMOUNT, rows, at[rows], value[rows]))
    return concat(parts)


def close_dates(rng: np.random.Generator, timeline: Timeline, deals: Frame) -> Frame:
    """A date expected at creation, pushed when it comes near, set to the real day when the opportunity closes."""
    count = len(deals["created"])
    everyone = np.arange(count)
    parked = deals["parked_at"] != NULL
    into = deals["unparked_at"] // DAY + 3 + rng.integers(0, 15, count)
    date = np.where(parked, _parked_first(rng, timeline, deals, into), _expected(rng, timeline, deals))
    parts = [initial(CLOSE_DATE, deals, date)]
    moving = ~parked & ~_is_fixed(deals) & (deals["pattern_way"] != DATE_PAST)
    after = deals["created"]
    for push in range(_PUSHES):
        notice = working_instant(working_seconds((date - 9) * DAY + whole(rng.random(count) * 7) * DAY))
        notice = np.maximum(notice + whole(rng.random(count) * 9 * HOUR), after + DAY)
        # Dates of what is lost move when it comes back.
        gone = (deals["gone_from"] <= notice) & (notice < deals["gone_to"])
        notice = np.where(gone, deals["gone_to"] + HOUR, notice)
        pushed = moving & (notice < deals["life_end"] - HOUR)
        further = 18 + whole(rng.random(count) * 45) + (365 if push == _PUSHES - 1 else 0)
        date = np.where(pushed, np.maximum(date, notice // DAY) + further, date)
        parts.append(change(CLOSE_DATE, everyone[pushed], notice[pushed], date[pushed]))
        after, moving = np.where(pushed, notice, after), pushed
    moved = parked & (deals["parked_at"] > deals["created"])
    parts.append(change(CLOSE_DATE, everyone[moved], deals["parked_at"][moved], into[moved]))
    out_of = np.maximum(into + 95, deals["life_end"] // DAY + rng.integers(15, 45, count))
    parts.append(change(CLOSE_DATE, everyone[parked], deals["unparked_at"][parked], out_of[parked]))
    closed = deals["closed_at"] != NULL
    dated = closed & (deals["won"] | (rng.random(count) < 0.6))
    parts.append(change(CLOSE_DATE, everyone[dated], deals["closed_at"][dated], deals["closed_at"][dated] // DAY))
    return concat(parts)


def _expected(rng: np.random.Generator, timeline: Timeline, deals: Frame) -> Ints:
    """First close date: months ahead, often a quarter's last day.

    Where nobody will ever move it: past for stale ones, beyond the life of what is silent, so that it shows nothing
    else. Honest opportunities made in a quarter's last weeks aren't expected as soon as the next one.
    """
    count, created = len(deals["created"]), deals["created"]
    expected = created + whole(_EXPECTED_DAYS[deals["segment"]] * (0.6 + 0.8 * rng.random(count))) * DAY
    quarter_end = timeline.next_quarter_start(expected) // DAY - 1
    date = np.where(rng.random(count) < 0.4, quarter_end, expected // DAY)
    coming = timeline.next_quarter_start(created)
    following = timeline.next_quarter_start(coming) // DAY
    hasty = (coming - created < _LAST_WEEKS * DAY) & (date < following)
    draw = rng.random(count)
    date = np.where(hasty, following + whole(draw * 30), date)
    beyond = deals["life_end"] // DAY + 20 + whole(draw * 40)
    date = np.where(_is_fixed(deals), beyond, date)
    # The day before the one on which it counts as stale.
    return np.where(deals["pattern_way"] == DATE_PAST, deals["pattern_at"] // DAY - 1, date)


def _is_fixed(deals: Frame) -> Flags:
    """Opportunities whose date nobody moves: one moved in silence would look parked."""
    return np.isin(deals["pattern"], (PADDING, PASS_THROUGH, INFLATION, INFLATED)) | is_left(deals)


def _parked_first(rng: np.random.Generator, timeline: Timeline, deals: Frame, into: Ints) -> Ints:
    """First close date of those that are parked: the coming quarter or long after it; of honest slips, this quarter."""
    count = len(into)
    quarter_end = timeline.next_quarter_start(deals["parked_at"]) // DAY
    first = np.where(
        deals["won"], quarter_end - 1 - rng.integers(0, 3, count), quarter_end + 100 + whole(rng.random(count) * 40)
    )
    return np.where(deals["parked_at"] == deals["created"], into, first)
