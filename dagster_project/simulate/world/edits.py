"""The change stream of opportunities: every value of every tracked field from creation on, as the CRM would have it.

A change is (deal, at, field, value, by). Values are integers: stage and label numbers, cents, days, users, campaigns,
flags. Stage entries come from `paths`; labels from `labels`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import (
    NULL,
    Flags,
    Frame,
    Ints,
    as_of,
    choose,
    concat,
    full,
    sample,
    stream,
    take,
    whole,
)
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later, working_instant, working_seconds
from dagster_project.simulate.vocabulary import (
    ACCEPTED,
    LOSS_WEIGHTS_EARLY,
    LOSS_WEIGHTS_LATE,
    LOST,
    NEGOTIATION,
    NEXT_STEPS,
    NO_DECISION,
    NOT_REAL,
    PROPOSAL,
    WON,
)
from dagster_project.simulate.world.company import Company
from dagster_project.simulate.world.deals import PADDING, PARKING, PASS_THROUGH, STALE
from dagster_project.simulate.world.demand import campaign_of
from dagster_project.simulate.world.labels import BY_CAMPAIGN, ON_LEAD, RELABELED
from dagster_project.simulate.world.paths import first_entry

FIELDS = ("stage", "amount", "close_date", "owner", "source", "campaign", "next_step", "loss_reason", "deleted")
STAGE, AMOUNT, CLOSE_DATE, OWNER, SOURCE, CAMPAIGN, NEXT_STEP, LOSS_REASON, DELETED = range(9)
_EXPECTED_DAYS = np.array([140, 100])
_PUSHES = 8


def build_changes(
    options: Options, timeline: Timeline, company: Company, deals: Frame, events: Frame, campaign: Ints
) -> Frame:
    """All changes, by opportunity, instant and field; the first of each field is at creation, repeats are left out.

    `campaign` is the primary campaign at creation (NULL: none).
    """
    rng = stream(options.seed, "edits")
    parts = [
        _change(STAGE, events["deal"], events["at"], events["stage"]),
        _amounts(rng, options, deals, events),
        _close_dates(rng, timeline, deals),
        _owners(rng, company, deals),
        _sources(timeline, deals, campaign),
        _next_steps(rng, options, deals, events),
        _loss_reasons(rng, deals, events),
        _deletions(deals),
    ]
    changes = concat(parts)
    stop = np.where(deals["deleted_at"] == NULL, timeline.end - 1, deals["deleted_at"])[changes["deal"]]
    changes = take(changes, (changes["at"] <= stop) & (changes["at"] >= deals["created"][changes["deal"]]))
    return _attribute(_compress(changes), deals)


def final_values(changes: Frame, field: int, count: int) -> Ints:
    """Last value of a field of each opportunity."""
    return value_at(changes, field, np.arange(count), full(count, 2**33))


def value_at(changes: Frame, field: int, deal: Ints, at: Ints) -> Ints:
    """Value of a field of opportunities at instants (changes of that very instant included)."""
    rows = changes["field"] == field
    return as_of(changes["deal"][rows], changes["at"][rows], changes["value"][rows], deal, at)


def _change(field: int, deal: Ints, at: Ints, value: Ints, by: Ints | None = None) -> Frame:
    return {
        "deal": deal,
        "at": at,
        "field": full(len(deal), field),
        "value": value,
        "by": full(len(deal)) if by is None else by,
    }


def _initial(field: int, deals: Frame, value: Ints) -> Frame:
    return _change(field, np.arange(len(deals["created"])), deals["created"], value, deals["creator"])


def _amounts(rng: np.random.Generator, options: Options, deals: Frame, events: Frame) -> Frame:
    """An amount at creation or some days after; revised at the proposal, discounted in negotiation or at the end."""
    count = len(deals["created"])
    everyone = np.arange(count)
    filled_at, missing = _filled_at(rng, options.rates.missing_amount, options, deals, events)
    slow = ~missing & (rng.random(count) < 0.08)
    filled_at = np.where(slow, later(deals["created"], 0.3 + 4 * rng.random(count)), filled_at)
    initial = np.where(filled_at > deals["created"], NULL, deals["amount"])
    parts = [_initial(AMOUNT, deals, initial)]
    filled = np.flatnonzero((filled_at > deals["created"]) & (filled_at < deals["life_end"]))
    parts.append(_change(AMOUNT, filled, filled_at[filled], deals["amount"][filled]))
    factor = np.ones(count)
    quiet = (deals["pattern"] == PADDING) | (deals["pattern"] == PASS_THROUGH)
    for stage, share, low, high in (
        (PROPOSAL, 0.35, 0.85, 1.35),
        (NEGOTIATION, 0.35, 0.82, 1.0),
        (WON, 0.2, 0.94, 1.0),
    ):
        at = first_entry(events, count, stage, stage)
        revised = (at != NULL) & (rng.random(count) < share) & ~quiet
        factor = np.where(revised, factor * (low + (high - low) * rng.random(count)), factor)
        amount = np.maximum(whole(deals["amount"] * factor / 10_000 + 0.5) * 10_000, 100_000)
        # A sale has an amount even where nobody had filled one in.
        touched = revised & (at > filled_at) | ((at != NULL) & (stage == WON) & (filled_at >= at))
        parts.append(_change(AMOUNT, everyone[touched], at[touched], amount[touched]))
    closed = (deals["closed_at"] != NULL) & (first_entry(events, count, WON, WON) == NULL)
    zeroed = closed & (rng.random(count) < 0.04) & (filled_at < deals["life_end"])
    parts.append(_change(AMOUNT, everyone[zeroed], deals["closed_at"][zeroed], full(int(zeroed.sum()), 0)))
    return concat(parts)


def _filled_at(
    rng: np.random.Generator, rate: float, options: Options, deals: Frame, events: Frame
) -> tuple[Ints, Flags]:
    """When a required field got its first value: at creation, or for the missing share after the bar or never."""
    count = len(deals["created"])
    missing = sample(rng, deals["bar_at"] != NULL, round(rate * count))
    accepted = first_entry(events, count, ACCEPTED, WON)
    late = rng.random(count) < options.rates.filled_later
    after = later(np.maximum(accepted, deals["created"]), 1.5 + 12 * rng.random(count))
    never = np.int64(2**33)
    return np.where(missing, np.where(late, after, never), deals["created"]), missing


def _close_dates(rng: np.random.Generator, timeline: Timeline, deals: Frame) -> Frame:
    """A date expected at creation, pushed when it comes near, set to the real day when the opportunity closes."""
    count = len(deals["created"])
    everyone = np.arange(count)
    expected = deals["created"] + whole(_EXPECTED_DAYS[deals["segment"]] * (0.55 + 0.8 * rng.random(count))) * DAY
    quarter_end = timeline.next_quarter_start(expected) // DAY - 1
    date = np.where(rng.random(count) < 0.4, quarter_end, expected // DAY)
    stale, parked = deals["pattern"] == STALE, deals["pattern"] == PARKING
    halfway = (deals["created"] + (timeline.end - deals["created"]) * (0.4 + 0.3 * rng.random(count))) / DAY
    date = np.where(stale, whole(halfway), date)
    far = whole(rng.random(count) * 40)
    date = np.where(parked, timeline.next_quarter_start(deals["parked_at"]) // DAY + 100 + far, date)
    parts = [_initial(CLOSE_DATE, deals, date)]
    moving = ~stale & ~parked
    after = deals["created"]
    for _ in range(_PUSHES):
        notice = working_instant(working_seconds((date - 5) * DAY + whole(rng.random(count) * 8) * DAY))
        notice = np.maximum(notice + whole(rng.random(count) * 9 * HOUR), after + DAY)
        pushed = moving & (notice < deals["life_end"] - HOUR)
        date = np.where(pushed, np.maximum(date, notice // DAY) + 18 + whole(rng.random(count) * 45), date)
        parts.append(_change(CLOSE_DATE, everyone[pushed], notice[pushed], date[pushed]))
        after, moving = np.where(pushed, notice, after), pushed
    into = timeline.next_quarter_start(deals["parked_at"]) // DAY + 10 + far
    parts.append(_change(CLOSE_DATE, everyone[parked], deals["parked_at"][parked], into[parked]))
    parts.append(_change(CLOSE_DATE, everyone[parked], deals["unparked_at"][parked], into[parked] + 95))
    closed = deals["closed_at"] != NULL
    dated = closed & (deals["won"] | (rng.random(count) < 0.6))
    parts.append(_change(CLOSE_DATE, everyone[dated], deals["closed_at"][dated], deals["closed_at"][dated] // DAY))
    return concat(parts)


def _owners(rng: np.random.Generator, company: Company, deals: Frame) -> Frame:
    """SDRs hand over within days; a leaver's open opportunities go to a colleague of the team."""
    count = len(deals["created"])
    parts = [_initial(OWNER, deals, deals["first_owner"])]
    handed_at = later(deals["created"], 0.5 + 7 * rng.random(count))
    handed = np.flatnonzero((deals["first_owner"] != deals["owner"]) & (handed_at < deals["life_end"]))
    parts.append(_change(OWNER, handed, handed_at[handed], deals["owner"][handed], deals["first_owner"][handed]))
    left = company.users["ended"]
    for leaver in np.flatnonzero(left != NULL):
        heirs = np.flatnonzero(
            (company.users["team"] == company.users["team"][leaver])
            & (company.users["role"] == company.users["role"][leaver])
            & (left == NULL)
            & (company.users["started"] < left[leaver])
        )
        moved_at = later(left[[leaver]], 0.4)[0]
        held = np.flatnonzero(
            (deals["owner"] == leaver) & (deals["life_end"] > moved_at) & (deals["created"] < moved_at)
        )
        heir = heirs[np.arange(len(held)) % len(heirs)]
        at = np.maximum(moved_at, handed_at[held] + HOUR)
        boss = full(len(held), int(company.users["manager"][leaver]))
        parts.append(_change(OWNER, held, at, heir, boss))
    return concat(parts)


def _sources(timeline: Timeline, deals: Frame, campaign: Ints) -> Frame:
    by_campaign = (deals["story"] == RELABELED) & (deals["way"] == BY_CAMPAIGN)
    on_lead = (deals["story"] == RELABELED) & (deals["way"] == ON_LEAD)
    edited = np.flatnonzero((deals["relabeled_at"] != NULL) & ~by_campaign & ~on_lead)
    swapped = np.flatnonzero(by_campaign)
    at, by = deals["relabeled_at"], deals["relabeled_by"]
    other = campaign_of(timeline, deals["new_campaign_type"][swapped], at[swapped])
    return concat(
        [
            _initial(SOURCE, deals, deals["claim"]),
            _change(SOURCE, edited, at[edited], deals["new_claim"][edited], by[edited]),
            _initial(CAMPAIGN, deals, campaign),
            _change(CAMPAIGN, swapped, at[swapped], other, by[swapped]),
        ]
    )


def _next_steps(rng: np.random.Generator, options: Options, deals: Frame, events: Frame) -> Frame:
    """A next step at creation and at most stage entries; none before the field is first filled where it is missing."""
    filled_at, missing = _filled_at(rng, options.rates.missing_next_step, options, deals, events)
    first = rng.integers(0, 3, len(missing))
    parts = [_initial(NEXT_STEP, deals, np.where(missing, NULL, first))]
    filled = np.flatnonzero(missing & (filled_at < deals["life_end"]))
    parts.append(_change(NEXT_STEP, filled, filled_at[filled], first[filled] + 3))
    entered = (events["stage"] <= NEGOTIATION) & (rng.random(len(events["deal"])) < 0.85)
    entered &= events["at"] > filled_at[events["deal"]]
    rows = take(events, entered)
    step = np.minimum(rows["stage"] + rng.integers(0, 3, len(rows["stage"])), len(NEXT_STEPS) - 1)
    parts.append(_change(NEXT_STEP, rows["deal"], rows["at"], step))
    return concat(parts)


def _loss_reasons(rng: np.random.Generator, deals: Frame, events: Frame) -> Frame:
    """A reason with most losses, emptied when an opportunity is reopened."""
    count = len(deals["created"])
    late = deals["bar_at"] != NULL
    reason = np.where(late, choose(rng, LOSS_WEIGHTS_LATE, count), choose(rng, LOSS_WEIGHTS_EARLY, count))
    blank = rng.random(count)
    reason = np.where(deals["pattern"] == PASS_THROUGH, np.where(blank < 0.4, NULL, NOT_REAL), reason)
    reason = np.where(deals["pattern"] == PADDING, np.where(blank < 0.4, NULL, NO_DECISION), reason)
    reason = np.where((deals["pattern"] != PASS_THROUGH) & (blank < 0.05), NULL, reason)
    lost = events["stage"] == LOST
    reopened = np.append(False, lost[:-1] & (events["deal"][1:] == events["deal"][:-1]))
    return concat(
        [
            _initial(LOSS_REASON, deals, full(count)),
            _change(LOSS_REASON, events["deal"][lost], events["at"][lost], reason[events["deal"][lost]]),
            _change(LOSS_REASON, events["deal"][reopened], events["at"][reopened], full(int(reopened.sum()))),
        ]
    )


def _deletions(deals: Frame) -> Frame:
    gone = np.flatnonzero(deals["deleted_at"] != NULL)
    return concat(
        [
            _initial(DELETED, deals, full(len(deals["created"]), 0)),
            _change(DELETED, gone, deals["deleted_at"][gone], full(len(gone), 1)),
        ]
    )


def _compress(changes: Frame) -> Frame:
    """One change per opportunity, field and instant (the last written), and none that repeats the value before."""
    order = np.lexsort((np.arange(len(changes["deal"])), changes["at"], changes["field"], changes["deal"]))
    rows = take(changes, order)
    deal, field, at = rows["deal"], rows["field"], rows["at"]
    same = (deal[1:] == deal[:-1]) & (field[1:] == field[:-1])
    rows = take(rows, np.append(~(same & (at[1:] == at[:-1])), True))
    deal, field, value = rows["deal"], rows["field"], rows["value"]
    same = (deal[1:] == deal[:-1]) & (field[1:] == field[:-1]) & (value[1:] == value[:-1])
    rows = take(rows, np.append(True, ~same))
    return take(rows, np.lexsort((rows["field"], rows["at"], rows["deal"])))


def _attribute(changes: Frame, deals: Frame) -> Frame:
    """Who made each change: the owner of the instant before, where nobody else is named."""
    owner = changes["field"] == OWNER
    held = as_of(
        changes["deal"][owner], changes["at"][owner], changes["value"][owner], changes["deal"], changes["at"] - 1
    )
    by = np.where(changes["by"] == NULL, held, changes["by"])
    by = np.where(by == NULL, deals["creator"][changes["deal"]], by)
    return changes | {"by": by}
