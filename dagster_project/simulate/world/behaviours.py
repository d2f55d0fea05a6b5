"""Planted behaviour that needs an opportunity's whole life, and its look-alikes: deletion, dates, amounts, silence.

Padding and pass-through are planned in `patterns`, stage inflation in `inflation`, empty fields in `gaps`, labels in
`labels`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, first_per, full, sample, stream, take, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later, working_instant, working_seconds
from dagster_project.simulate.vocabulary import ACCEPTED, LOST, OUTBOUND_SDR, SEGMENTS, WON
from dagster_project.simulate.world.company import Company
from dagster_project.simulate.world.gaps import plan_gaps
from dagster_project.simulate.world.paths import closing, first_entry, silences, undone_steps
from dagster_project.simulate.world.patterns import (
    BOOKED,
    BY_DELETION,
    CREATED_NEAR_END,
    CUT,
    DATE_MOVED,
    DATE_PAST,
    FAR_ABOVE,
    FAST_REJECTION,
    INFLATED,
    INFLATION,
    LEFT_OPEN,
    NO_ACTIVITY,
    PADDING,
    PARKING,
    PASS_THROUGH,
    SILENT,
    SLIP,
    STALE,
    TAKEN_BACK,
    is_alone,
    is_free,
    mark,
)
from dagster_project.simulate.world.pressure import Pressure, weighted

# The silence that counts is 30 days; this is some more.
SILENCE = 38 * DAY
_LAST_WEEKS = 21 * DAY
_FAR_IN_P90 = 4.5


def live(options: Options, timeline: Timeline, company: Company, deals: Frame, events: Frame) -> tuple[Frame, Frame]:
    """Cut the stage entries at deletion and at the end of the history, and plant what depends on the life that is left.

    Adds to the deals: `closed_at`, `deleted_at` (NULL: not), `life_end` (the earliest of both and the history's end),
    `bar_at` (first entry into a qualified stage or won); `parked_at` and `unparked_at` (close date moved into the next
    quarter and out of it again, in honest slips too); `raised_at`, `raised_to`, `cut_at`, `cut_to` (amounts in cents,
    negotiated cuts too); what `silences` and `plan_gaps` add; `quiet_from` and `quiet_to` (nobody answers in between).
    `won` becomes what the history's end sees of it.
    """
    rng = stream(options.seed, "lives")
    pressure = Pressure.of(options, timeline, company)
    deals, events = _end(rng, options, timeline, deals, events)
    deals |= silences(company, deals, events)
    deals = _park(rng, options, timeline, pressure, deals)
    deals = _raise(rng, options, timeline, company, pressure, deals)
    deals = _leave_stale(rng, options, timeline, pressure, deals)
    deals = plan_gaps(options, pressure, deals)
    return _quiet(options, timeline, deals), events


def seen_until(options: Options, timeline: Timeline) -> int:
    """End of what the extracts cover."""
    return timeline.end - options.withheld_days * DAY


def _end(
    rng: np.random.Generator, options: Options, timeline: Timeline, deals: Frame, events: Frame
) -> tuple[Frame, Frame]:
    count, way = len(deals["created"]), deals["pattern_way"]
    ended_at, _ = closing(events, count)
    deleted_at = np.where(way == BY_DELETION, ended_at, NULL)
    unwanted = sample(
        rng,
        is_free(deals) & ~deals["won"] & (deals["created"] < timeline.end - 25 * DAY),
        round(options.rates.deleted * count),
    )
    deleted_at = np.where(unwanted, later(deals["created"], 0.3 + 14 * rng.random(count)), deleted_at)
    deleted_at = np.where(deleted_at >= timeline.end, NULL, deleted_at)
    stop = np.where(deleted_at == NULL, timeline.end, deleted_at)
    stays_open = (way == LEFT_OPEN) | (way == SILENT)
    final = np.append(events["deal"][1:] != events["deal"][:-1], True)
    events = take(events, (events["at"] < stop[events["deal"]]) & ~(final & stays_open[events["deal"]]))
    last_at, last_stage = closing(events, count)
    closed_at = np.where((last_stage == WON) | (last_stage == LOST), last_at, NULL)
    bar_at = first_entry(events, count, ACCEPTED, WON)
    passed = deals["pattern"] == PASS_THROUGH
    deals = deals | {
        "pattern_at": np.where(passed, bar_at, deals["pattern_at"]),
        "closed_at": closed_at,
        # Some that will come back and be won are lost when the history ends.
        "won": deals["won"] & (last_stage != LOST),
        "deleted_at": deleted_at,
        "life_end": np.minimum(stop, np.where(closed_at == NULL, timeline.end, closed_at)),
        "bar_at": bar_at,
    }
    deal, at = undone_steps(events)
    first = first_per(deal, at, count, NULL)
    return deals | {"undone_first": first, "undone_last": -first_per(deal, -at, count, -timeline.start)}, events


def _park(rng: np.random.Generator, options: Options, timeline: Timeline, pressure: Pressure, deals: Frame) -> Frame:
    """Close dates put into the next quarter just before a quarter ends, and out of it while open; slips are won."""
    count, created = len(deals["created"]), deals["created"]
    deals = deals | {"parked_at": full(count), "unparked_at": full(count)}
    asked = round(options.rates.quarter_parking * count)
    coming = timeline.next_quarter_start(created)
    near = (coming - created < _LAST_WEEKS) & (deals["function"] <= OUTBOUND_SDR) & ~deals["won"]
    new = _parked(rng, timeline, pressure, deals, near, coming, created, round(0.3 * asked))
    deals = _with_dates(deals, "pattern", PARKING, CREATED_NEAR_END, new)
    # What was said before creation is no conversation about the date.
    quarter_end = timeline.next_quarter_start(created + 40 * DAY)
    moved = quarter_end - (4 + whole(rng.random(count) * 13)) * DAY
    at = working_instant(working_seconds(moved)) + whole(rng.random(count) * 9 * HOUR)
    rest = asked - int((new[0] != NULL).sum())
    moved = _parked(rng, timeline, pressure, deals, ~deals["won"], quarter_end, at, rest)
    deals = _with_dates(deals, "pattern", PARKING, DATE_MOVED, moved)
    asked = round(options.rates.honest_slip * count)
    sold = deals["won"] & (deals["closed_at"] != NULL)
    slipped = _parked(rng, timeline, pressure, deals, sold, quarter_end, at, asked)
    return _with_dates(deals, "lookalike", SLIP, DATE_MOVED, slipped)


def _parked(
    rng: np.random.Generator,
    timeline: Timeline,
    pressure: Pressure,
    deals: Frame,
    fits: Flags,
    quarter_end: Ints,
    at: Ints,
    asked: int,
) -> tuple[Ints, Ints]:
    """When dates move into the quarter and out of it, in that many opportunities that live to see both; else NULL."""
    out_at = later(quarter_end, 6 + 24 * rng.random(len(at)))
    fits = fits & is_alone(deals) & (deals["deleted_at"] == NULL) & ~_is_gone(deals, at, out_at)
    fits &= (out_at + 4 * DAY < deals["life_end"]) & (quarter_end < timeline.end)
    fits &= ~_steps_undone(deals, at - 26 * DAY, out_at + 10 * DAY) | deals["won"]
    chosen = weighted(rng, fits, pressure.lean(deals), asked)
    return np.where(chosen, at, NULL), np.where(chosen, out_at, NULL)


def _steps_undone(deals: Frame, begin: Ints, end: Ints) -> Flags:
    """Whether a step forward that is soon undone lies between the instants: in silence it would look inflated."""
    first, last = deals["undone_first"], deals["undone_last"]
    return ((begin <= first) & (first < end)) | ((begin <= last) & (last < end))


def _is_gone(deals: Frame, begin: Ints, end: Ints) -> Flags:
    """Whether opportunities are lost, to come back later, at some time between the instants."""
    return (deals["gone_from"] < end) & (begin < deals["gone_to"]) & (deals["gone_from"] < deals["gone_to"])


def _with_dates(deals: Frame, column: str, code: int, way: int, moves: tuple[Ints, Ints]) -> Frame:
    at, out_at = moves
    chosen = at != NULL
    dates = {
        "parked_at": np.where(chosen, at, deals["parked_at"]),
        "unparked_at": np.where(chosen, out_at, deals["unparked_at"]),
    }
    return mark(deals, column, code, chosen, way, at) | dates


def _raise(
    rng: np.random.Generator,
    options: Options,
    timeline: Timeline,
    company: Company,
    pressure: Pressure,
    deals: Frame,
) -> Frame:
    """Amounts raised before a checkpoint: taken back soon after, kept far above any sale, or negotiated down again."""
    count, amount = len(deals["created"]), deals["amount"]
    earliest = np.maximum(deals["created"] + 10 * DAY, deals["bar_at"] + DAY)
    room = np.maximum(deals["life_end"] - 30 * DAY - earliest, 0)
    checkpoint = pressure.next_checkpoint(earliest + 11 * DAY + whole(rng.random(count) * room))
    raised_at = pressure.before(rng, timeline, checkpoint)
    cut_at = later(checkpoint, 2 + 6 * rng.random(count))
    fits = (checkpoint > earliest + 11 * DAY) & (deals["deleted_at"] == NULL) & (amount > 0)
    fits &= ~_is_gone(deals, raised_at, cut_at)
    fits &= (cut_at + 2 * DAY < deals["life_end"]) & (checkpoint < timeline.end)
    asked = round(options.rates.inflated_amount * count)
    clean = ~_steps_undone(deals, raised_at - 16 * DAY, cut_at + 16 * DAY)
    chosen = weighted(rng, fits & clean & is_alone(deals) & ~deals["won"], pressure.lean(deals), asked)
    far = sample(rng, chosen, round(0.35 * asked))
    deals = mark(deals, "pattern", INFLATED, chosen, np.where(far, FAR_ABOVE, TAKEN_BACK), raised_at)
    cut = sample(rng, fits & is_free(deals), round(options.rates.negotiated_cut * count))
    deals = mark(deals, "lookalike", CUT, cut, TAKEN_BACK, raised_at)
    more = whole(amount * (0.2 + 0.2 * rng.random(count)) / 10_000 + 1) * 10_000
    raised_to = np.where(far, _far_above(company, deals), amount + more)
    kept = whole(more * 0.4 * rng.random(count) / 10_000) * 10_000
    raised, back = chosen | cut, (chosen | cut) & ~far
    return deals | {
        "raised_at": np.where(raised, raised_at, NULL),
        "raised_to": np.where(raised, raised_to, NULL),
        "cut_at": np.where(back, cut_at, NULL),
        "cut_to": np.where(back, amount + kept, NULL),
    }


def _far_above(company: Company, deals: Frame) -> Ints:
    """Amounts several times the ninth decile of each segment, in the opportunity's currency."""
    usd = company.to_usd(deals["amount"], deals["currency"], deals["created"])
    found = deals["amount"].astype(np.float64)
    for segment in range(len(SEGMENTS)):
        rows = deals["segment"] == segment
        if rows.any():
            found[rows] *= _FAR_IN_P90 * np.quantile(usd[rows], 0.9) / np.maximum(usd[rows], 1)
    return whole(found / 10_000 + 1) * 10_000


def _leave_stale(
    rng: np.random.Generator, options: Options, timeline: Timeline, pressure: Pressure, deals: Frame
) -> Frame:
    """Open opportunities that nobody looks after: date past, or silent. And silent ones with a meeting booked."""
    seen = seen_until(options, timeline)
    is_open = (deals["closed_at"] == NULL) & (deals["deleted_at"] == NULL)
    old = is_open & (deals["created"] < seen - SILENCE - 5 * DAY)
    # Silent from the bar on would be passed through.
    calm = old & (deals["bar_at"] < seen - SILENCE - 3 * DAY)
    calm &= ~_steps_undone(deals, full(len(old), seen - SILENCE - 8 * DAY), full(len(old), timeline.end))
    asked, count = round(options.rates.stale_close_date * is_open.sum()), len(old)
    lean, fell_silent = pressure.lean(deals), full(count, seen - SILENCE + 30 * DAY)
    silent = weighted(rng, calm & is_alone(deals), lean, asked // 3)
    deals = mark(deals, "pattern", STALE, silent, NO_ACTIVITY, fell_silent)
    booked = sample(rng, calm & is_alone(deals), round(options.rates.meeting_booked * is_open.sum()))
    deals = mark(deals, "lookalike", BOOKED, booked, NO_ACTIVITY, fell_silent)
    past = weighted(rng, old & is_alone(deals), lean, asked - int(silent.sum()))
    halfway = 0.4 + 0.3 * rng.random(count)
    due = (deals["created"] + whole((seen - deals["created"]) * halfway)) // DAY
    return mark(deals, "pattern", STALE, past, DATE_PAST, (due + 1) * DAY)


def _quiet(options: Options, timeline: Timeline, deals: Frame) -> Frame:
    """The window in which nobody of the customer's side answers; empty (both ends equal) where they do."""
    pattern, way, lookalike = deals["pattern"], deals["pattern_way"], deals["lookalike"]
    count, at = len(pattern), deals["pattern_at"]
    begins, ends = full(count, timeline.end), full(count, timeline.end)
    silent = seen_until(options, timeline) - SILENCE
    windows: tuple[tuple[Flags, Ints | int, Ints | int], ...] = (
        (pattern == PADDING, deals["created"] - SILENCE, timeline.end),
        (pattern == PASS_THROUGH, deals["created"], timeline.end),
        ((lookalike == FAST_REJECTION) & (deals["bar_at"] != NULL), deals["bar_at"], timeline.end),
        (is_left(deals), silent, timeline.end),
        (pattern == INFLATION, at - 8 * DAY, at + 8 * DAY),
        (pattern == PARKING, at - 16 * DAY, deals["unparked_at"] + DAY),
        ((pattern == INFLATED) & (way == TAKEN_BACK), at - 8 * DAY, deals["cut_at"] + 8 * DAY),
    )
    for rows, begin, end in windows:
        begins, ends = np.where(rows, begin, begins), np.where(rows, end, ends)
    return deals | {"quiet_from": begins, "quiet_to": ends}


def is_left(deals: Frame) -> Flags:
    """Open opportunities with which nobody does anything in the end."""
    stale = (deals["pattern"] == STALE) & (deals["pattern_way"] == NO_ACTIVITY)
    return stale | (deals["lookalike"] == BOOKED)
