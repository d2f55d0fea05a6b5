"""What is planned for an opportunity before it moves: padding, pass-through, and the innocent that look like them.

Each is planted where the outcome already fits, so that win rates stay as they are. The words for all patterns are here;
those that need stages or a whole life are planted in `inflation` and `behaviours`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, first_per, full, sample, stream, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later
from dagster_project.simulate.vocabulary import ACCEPTED, DISCOVERY, EXPANSION, OUTBOUND_SDR, QUALIFICATION, SEGMENTS
from dagster_project.simulate.world.company import MANAGER, Company
from dagster_project.simulate.world.pressure import Pressure, weighted

PATTERNS = (
    "",
    "padding",
    "pass_through",
    "quarter_parking",
    "stage_inflation",
    "stale_close_date",
    "inflated_amount",
)
HONEST, PADDING, PASS_THROUGH, PARKING, INFLATION, STALE, INFLATED = range(7)
LOOKALIKES = (
    "",
    "early_loss",
    "fast_rejection",
    "price_loss",
    "honest_slip",
    "honest_regression",
    "negotiated_cut",
    "meeting_booked",
)
NOTHING, EARLY_LOSS, FAST_REJECTION, PRICE_LOSS, SLIP, REGRESSION, CUT, BOOKED = range(8)
# How a pattern was done, or how its look-alike came about.
WAYS = (
    "",
    "no_decision", "blank_reason", "other_reason", "deleted", "left_open", "closed_in_batch", "two_stages",
    "not_real", "silent", "meeting_by_sdr", "lead_of_sdr",
    "rejected", "sent_back",
    "created_near_end", "date_moved",
    "went_back", "lost_after",
    "date_past", "no_activity",
    "taken_back", "far_above",
    "price",
)  # fmt: skip
(
    _, NO_DECISION_WAY, BLANK, OTHER_REASON, BY_DELETION, LEFT_OPEN, BATCH, TWO_STAGES,
    NOT_REAL_WAY, SILENT, MEETING_BY_SDR, LEAD_OF_SDR,
    REJECTED, SENT_BACK,
    CREATED_NEAR_END, DATE_MOVED,
    WENT_BACK, LOST_AFTER,
    DATE_PAST, NO_ACTIVITY,
    TAKEN_BACK, FAR_ABOVE,
    PRICE_WAY,
) = range(len(WAYS))  # fmt: skip

# Working days at most in one stage below the bar, in calendar days, with some to spare.
_ONE_STAGE, _TWO_STAGES, _PASSED = 50 * DAY, 105 * DAY, 95 * DAY
_OPEN_FOR_EVER = 150 * DAY
_BATCH_LEAST, _BATCH_SHARE = 3, 0.18
_LARGEST_IN_P90 = 2.0


def plant(options: Options, timeline: Timeline, company: Company, deals: Frame) -> Frame:
    """Add to the deals what is planned for them.

    `pattern` (a finding), `lookalike` (innocent): codes, one of both at most. `pattern_way` (how) and `pattern_at`
    (instant or NULL) are of either. `setter` is the SDR who set the opportunity up (NULL: nobody). `closes_at` and
    `closed_by` say who closes it together with others, and when (NULL: its own time). `edits.actors` adds `pattern_by`.
    """
    rng = stream(options.seed, "patterns")
    pressure = Pressure.of(options, timeline, company)
    deals = unplanted(company, deals)
    deals = _padding(rng, options, timeline, company, pressure, deals)
    deals = _pass_through(rng, options, timeline, pressure, deals)
    scripted = is_scripted(deals)
    passed = scripted & (deals["reach"] >= ACCEPTED)
    reach = np.where(scripted, np.where(passed, ACCEPTED, DISCOVERY), deals["reach"])
    reach = np.where(deals["pattern_way"] == TWO_STAGES, QUALIFICATION, reach)
    by_ae = (deals["pattern_way"] == MEETING_BY_SDR) | (deals["pattern_way"] == LEAD_OF_SDR)
    return deals | {
        "start": np.where(scripted, DISCOVERY, deals["start"]),
        "reach": reach,
        "creator": np.where(by_ae, deals["owner"], deals["creator"]),
        "creator_role": np.where(by_ae, deals["owner_role"], deals["creator_role"]),
        "first_owner": np.where(by_ae, deals["owner"], deals["first_owner"]),
        "has_evidence": deals["has_evidence"] & (deals["pattern"] != PADDING),
    }


def unplanted(company: Company, deals: Frame) -> Frame:
    """Opportunities in which nothing is planted, with the columns of those in which something may be."""
    count = len(deals["created"])
    set_up = (deals["creator"] != deals["owner"]) & (deals["function"] == OUTBOUND_SDR)
    return deals | {
        "amount": _usual(company, deals),
        "pattern": full(count, HONEST),
        "lookalike": full(count, NOTHING),
        "pattern_way": full(count, 0),
        "pattern_at": full(count),
        "setter": np.where(set_up, deals["creator"], NULL),
        "closes_at": full(count),
        "closed_by": full(count),
    }


def is_free(deals: Frame) -> Flags:
    """Neither a pattern nor a look-alike so far."""
    return (deals["pattern"] == HONEST) & (deals["lookalike"] == NOTHING)


def is_alone(deals: Frame) -> Flags:
    """Free, and not with a customer, whose other opportunities are conversations too."""
    return is_free(deals) & (deals["function"] != EXPANSION)


def is_scripted(deals: Frame) -> Flags:
    """Whether the stages are those of a pattern or look-alike, without chance."""
    pattern, lookalike = deals["pattern"], deals["lookalike"]
    planted = (pattern == PADDING) | (pattern == PASS_THROUGH)
    return planted | ((lookalike >= EARLY_LOSS) & (lookalike <= PRICE_LOSS))


def mark(deals: Frame, column: str, code: int, chosen: Flags, way: Ints | int, at: Ints) -> Frame:
    """The deals with the chosen ones marked in `pattern` or `lookalike`."""
    return deals | {
        column: np.where(chosen, code, deals[column]),
        "pattern_way": np.where(chosen, way, deals["pattern_way"]),
        "pattern_at": np.where(chosen, at, deals["pattern_at"]),
    }


def _usual(company: Company, deals: Frame) -> Ints:
    """Amounts far below three times the ninth decile of their segment, so that only planted ones stand out."""
    usd = company.to_usd(deals["amount"], deals["currency"], deals["created"]).astype(np.float64)
    amount = deals["amount"]
    for segment in range(len(SEGMENTS)):
        rows = deals["segment"] == segment
        most = _LARGEST_IN_P90 * np.quantile(usd[rows], 0.9) if rows.any() else 0
        amount = np.where(rows & (usd > most), whole(amount * most / usd / 10_000) * 10_000, amount)
    return amount


def _padding(
    rng: np.random.Generator, options: Options, timeline: Timeline, company: Company, pressure: Pressure, deals: Frame
) -> Frame:
    """Opportunities of nothing, made when coverage is looked at; and real ones that were soon lost."""
    created, rates = deals["created"], options.rates
    age = timeline.end - created
    fits = (deals["function"] <= OUTBOUND_SDR) & (deals["reach"] < ACCEPTED) & (age > _ONE_STAGE)
    lean = pressure.lean_hurried(deals)
    chosen = weighted(rng, fits, lean, round(rates.padding * options.opportunities))
    batch, closes_at, closed_by = _batches(rng, timeline, company, deals, chosen & (age > 2 * _ONE_STAGE))
    way = np.where(batch, BATCH, 0)
    for code, share, possible in (
        (LEFT_OPEN, 0.1, age > _OPEN_FOR_EVER),
        (TWO_STAGES, 0.13, age > _TWO_STAGES),
        (BY_DELETION, 0.14, chosen),
        (OTHER_REASON, 0.13, chosen),
        (BLANK, 0.15, chosen),
        (NO_DECISION_WAY, 1.0, chosen),
    ):
        way = _allot(rng, way, chosen & possible, code, share * chosen.sum())
    deals = mark(deals, "pattern", PADDING, chosen, way, created)
    deals |= {"closes_at": closes_at, "closed_by": closed_by}
    lost = weighted(rng, fits & is_free(deals), lean, round(rates.early_loss * options.opportunities))
    way = np.where(rng.random(len(created)) < 0.5, BLANK, NO_DECISION_WAY)
    return mark(deals, "lookalike", EARLY_LOSS, lost, way, created)


def _batches(
    rng: np.random.Generator, timeline: Timeline, company: Company, deals: Frame, padded: Flags
) -> tuple[Flags, Ints, Ints]:
    """Padding of some teams that the team's manager closes by threes and more within minutes: which, when, by whom."""
    count = len(padded)
    batch, closes_at, closed_by = np.zeros(count, dtype=np.bool_), full(count), full(count)
    rows = np.flatnonzero(padded)
    rank = rng.permutation(len(company.teams["segment"]))[deals["team"][rows]]
    rows = rows[np.lexsort((deals["created"][rows], rank))][: max(_BATCH_LEAST, round(_BATCH_SHARE * len(rows)))]
    if len(rows) < _BATCH_LEAST:
        return batch, closes_at, closed_by
    team = deals["team"][rows]
    first = np.append(True, team[1:] != team[:-1])
    group = np.cumsum(first) - 1
    number = np.arange(len(rows)) - np.flatnonzero(first)[group]
    several = np.bincount(group)[group] // _BATCH_LEAST
    heap = group * count + np.minimum(number // _BATCH_LEAST, several - 1)
    rows, heap = rows[several > 0], heap[several > 0]
    heap, place = np.unique(heap, return_inverse=True)[1], np.arange(len(rows))
    starts = first_per(heap, place, int(heap.max(initial=-1)) + 1, 0)
    newest = -first_per(heap, -deals["created"][rows], len(starts), 0)
    swept_at = later(newest, 19 + 8 * rng.random(len(starts))) // DAY * DAY + 10 * HOUR
    in_time = (swept_at < timeline.end - DAY)[heap]
    at = swept_at[heap] + (place - starts[heap]) * 240
    rows, at = rows[in_time], at[in_time]
    managers = np.flatnonzero(company.users["role"] == MANAGER)
    manager = full(len(company.teams["segment"]))
    manager[company.users["team"][managers]] = managers
    batch[rows], closes_at[rows], closed_by[rows] = True, at, manager[deals["team"][rows]]
    return batch, closes_at, closed_by


def _pass_through(
    rng: np.random.Generator, options: Options, timeline: Timeline, pressure: Pressure, deals: Frame
) -> Frame:
    """Meetings that SDRs booked and AEs accepted for the count; and real ones rejected in days or lost on price."""
    rates, age = options.rates, timeline.end - deals["created"]
    by_sdr = deals["function"] == OUTBOUND_SDR
    fits = by_sdr & (deals["reach"] >= ACCEPTED) & ~deals["won"] & (deals["setter"] != NULL) & (age > _ONE_STAGE)
    lean = pressure.user[np.maximum(deals["setter"], 0)] * pressure.lean_hurried(deals)
    chosen = weighted(rng, fits, lean, round(rates.pass_through * by_sdr.sum()))
    way, old = full(len(fits), 0), age > _PASSED
    for code, share, possible in (
        (MEETING_BY_SDR, 0.15, old & deals["has_evidence"]),
        (LEAD_OF_SDR, 0.15, old & deals["has_evidence"]),
        (SILENT, 0.2, chosen),
        (BLANK, 0.2, old),
        (NOT_REAL_WAY, 1.0, old),
        (SILENT, 1.0, chosen),
    ):
        way = _allot(rng, way, chosen & possible, code, share * chosen.sum())
    deals = mark(deals, "pattern", PASS_THROUGH, chosen, way, deals["created"])
    chosen = weighted(rng, fits & is_free(deals), lean, round(rates.fast_rejection * by_sdr.sum()))
    way = np.where(rng.random(len(fits)) < 0.5, REJECTED, SENT_BACK)
    deals = mark(deals, "lookalike", FAST_REJECTION, chosen, way, deals["created"])
    chosen = sample(rng, fits & old & is_free(deals), round(rates.price_loss * by_sdr.sum()))
    return mark(deals, "lookalike", PRICE_LOSS, chosen, PRICE_WAY, deals["created"])


def _allot(rng: np.random.Generator, way: Ints, rows: Flags, code: int, asked: float) -> Ints:
    """The ways with `asked` more rows (one at least) of those that have none yet."""
    return np.where(sample(rng, rows & (way == 0), max(1, round(asked))), code, way)
