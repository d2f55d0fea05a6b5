"""The change stream of opportunities: every value of every tracked field from creation on, as the CRM would have it.

Stage entries come from `paths`, labels from `labels`, amounts and dates from `forecasts`, owners from `handovers`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, as_of, choose, concat, full, instant_key, stream, take
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import Timeline
from dagster_project.simulate.vocabulary import (
    LOSS_REASONS,
    LOSS_WEIGHTS_EARLY,
    LOSS_WEIGHTS_LATE,
    LOST,
    NEGOTIATION,
    NEXT_STEPS,
    NO_DECISION,
    NOT_REAL,
)
from dagster_project.simulate.world.campaigns import campaign_of
from dagster_project.simulate.world.changes import (
    AMOUNT,
    CAMPAIGN,
    CLOSE_DATE,
    DELETED,
    FIELDS,
    LOSS_REASON,
    NEXT_STEP,
    OWNER,
    SOURCE,
    STAGE,
    change,
    final_values,
    initial,
    value_at,
)
from dagster_project.simulate.world.company import Company
from dagster_project.simulate.world.forecasts import amounts, close_dates
from dagster_project.simulate.world.gaps import FILLED
from dagster_project.simulate.world.handovers import owners
from dagster_project.simulate.world.labels import BY_CAMPAIGN, ON_LEAD, RELABELED
from dagster_project.simulate.world.patterns import (
    BATCH,
    BLANK,
    EARLY_LOSS,
    FAST_REJECTION,
    LEAD_OF_SDR,
    MEETING_BY_SDR,
    NO_DECISION_WAY,
    NOT_REAL_WAY,
    OTHER_REASON,
    PADDING,
    PASS_THROUGH,
    PRICE_LOSS,
    PRICE_WAY,
    REJECTED,
    SENT_BACK,
    TWO_STAGES,
    is_scripted,
)

__all__ = [
    "AMOUNT", "CAMPAIGN", "CLOSE_DATE", "DELETED", "FIELDS", "LOSS_REASON", "NEXT_STEP", "OWNER", "SOURCE", "STAGE",
    "actors", "build_changes", "final_values", "value_at",
]  # fmt: skip
PRICE, NO_BUDGET, TIMING = (LOSS_REASONS.index(reason) for reason in ("Price", "No Budget", "Timing"))


def build_changes(
    options: Options, timeline: Timeline, company: Company, deals: Frame, events: Frame, campaign: Ints
) -> Frame:
    """All changes, by opportunity, instant and field; the first of each field is at creation, repeats are left out.

    `campaign` is the primary campaign at creation (NULL: none).
    """
    rng = stream(options.seed, "edits")
    parts = [
        change(STAGE, events["deal"], events["at"], events["stage"], _closers(deals, events)),
        amounts(rng, deals, events),
        close_dates(rng, timeline, deals),
        owners(rng, company, deals),
        _sources(timeline, deals, campaign),
        _next_steps(rng, deals, events),
        _loss_reasons(rng, deals, events),
        _deletions(deals),
    ]
    changes = concat(parts)
    stop = np.where(deals["deleted_at"] == NULL, timeline.end - 1, deals["deleted_at"])[changes["deal"]]
    changes = take(changes, (changes["at"] <= stop) & (changes["at"] >= deals["created"][changes["deal"]]))
    return _attribute(_compress(changes), deals)


def actors(deals: Frame, changes: Frame) -> Ints:
    """Who did what `pattern` or `lookalike` says: the SDR or creator who made it, else the owner then, or NULL."""
    deal = np.arange(len(deals["created"]))
    owner = value_at(changes, OWNER, deal, deals["pattern_at"])
    made = (deals["pattern"] == PADDING) | (deals["lookalike"] == EARLY_LOSS)
    set_up = (deals["pattern"] == PASS_THROUGH) | np.isin(deals["lookalike"], (FAST_REJECTION, PRICE_LOSS))
    by = np.where(made, deals["creator"], np.where(set_up, deals["setter"], owner))
    return np.where(deals["pattern_at"] == NULL, NULL, by)


def _sources(timeline: Timeline, deals: Frame, campaign: Ints) -> Frame:
    by_campaign = (deals["story"] == RELABELED) & (deals["way"] == BY_CAMPAIGN)
    on_lead = (deals["story"] == RELABELED) & (deals["way"] == ON_LEAD)
    edited = np.flatnonzero((deals["relabeled_at"] != NULL) & ~by_campaign & ~on_lead)
    swapped = np.flatnonzero(by_campaign)
    at, by = deals["relabeled_at"], deals["relabeled_by"]
    other = campaign_of(timeline, deals["new_campaign_type"][swapped], at[swapped])
    return concat(
        [
            initial(SOURCE, deals, deals["claim"]),
            change(SOURCE, edited, at[edited], deals["new_claim"][edited], by[edited]),
            initial(CAMPAIGN, deals, campaign),
            change(CAMPAIGN, swapped, at[swapped], other, by[swapped]),
        ]
    )


def _next_steps(rng: np.random.Generator, deals: Frame, events: Frame) -> Frame:
    """A next step at creation and at most stage entries; none before the field is first filled where it is missing."""
    filled_at = deals["next_step_filled_at"]
    missing = deals["next_step_gap"] != FILLED
    first = rng.integers(0, 3, len(missing))
    parts = [initial(NEXT_STEP, deals, np.where(missing, NULL, first))]
    filled = np.flatnonzero(missing & (filled_at != NULL))
    parts.append(change(NEXT_STEP, filled, filled_at[filled], first[filled] + 3))
    entered = (events["stage"] <= NEGOTIATION) & (rng.random(len(events["deal"])) < 0.85)
    entered &= (filled_at != NULL)[events["deal"]] & (events["at"] > filled_at[events["deal"]])
    rows = take(events, entered)
    step = np.minimum(rows["stage"] + rng.integers(0, 3, len(rows["stage"])), len(NEXT_STEPS) - 1)
    parts.append(change(NEXT_STEP, rows["deal"], rows["at"], step))
    return concat(parts)


def _loss_reasons(rng: np.random.Generator, deals: Frame, events: Frame) -> Frame:
    """A reason with most losses, emptied when an opportunity is reopened."""
    count = len(deals["created"])
    late = deals["bar_at"] != NULL
    reason = np.where(late, choose(rng, LOSS_WEIGHTS_LATE, count), choose(rng, LOSS_WEIGHTS_EARLY, count))
    reason = np.where(rng.random(count) < 0.05, NULL, reason)
    scripted, way = is_scripted(deals), deals["pattern_way"]
    even = np.arange(count) % 2 == 0
    for ways, told in (
        ((NO_DECISION_WAY,), NO_DECISION),
        ((BLANK,), NULL),
        ((OTHER_REASON, BATCH), np.where(even, TIMING, NO_BUDGET)),
        ((TWO_STAGES,), np.where(even, NULL, NO_DECISION)),
        ((NOT_REAL_WAY, MEETING_BY_SDR, LEAD_OF_SDR, REJECTED, SENT_BACK), NOT_REAL),
        ((PRICE_WAY,), PRICE),
    ):
        reason = np.where(scripted & np.isin(way, ways), told, reason)
    lost = events["stage"] == LOST
    reopened = np.append(False, lost[:-1] & (events["deal"][1:] == events["deal"][:-1]))
    deal = events["deal"]
    return concat(
        [
            initial(LOSS_REASON, deals, full(count)),
            change(LOSS_REASON, deal[lost], events["at"][lost], reason[deal[lost]], deals["closed_by"][deal[lost]]),
            change(LOSS_REASON, deal[reopened], events["at"][reopened], full(int(reopened.sum()))),
        ]
    )


def _closers(deals: Frame, events: Frame) -> Ints:
    """Who closes an opportunity, where it isn't its owner."""
    closed = (events["at"] == deals["closed_at"][events["deal"]]) & (events["stage"] == LOST)
    return np.where(closed, deals["closed_by"][events["deal"]], NULL)


def _deletions(deals: Frame) -> Frame:
    gone = np.flatnonzero(deals["deleted_at"] != NULL)
    return concat(
        [
            initial(DELETED, deals, full(len(deals["created"]), 0)),
            change(DELETED, gone, deals["deleted_at"][gone], full(len(gone), 1)),
        ]
    )


def _compress(changes: Frame) -> Frame:
    """One change per opportunity, field and instant (the last written), and none that repeats the value before."""
    of_field = changes["deal"] * len(FIELDS) + changes["field"]
    rows = take(changes, np.argsort(instant_key(of_field, changes["at"]), kind="stable"))
    deal, field, at = rows["deal"], rows["field"], rows["at"]
    same = (deal[1:] == deal[:-1]) & (field[1:] == field[:-1])
    rows = take(rows, np.append(~(same & (at[1:] == at[:-1])), True))
    deal, field, value = rows["deal"], rows["field"], rows["value"]
    same = (deal[1:] == deal[:-1]) & (field[1:] == field[:-1]) & (value[1:] == value[:-1])
    rows = take(rows, np.append(True, ~same))
    # Rows of one field are in order already; fields follow in their order where instants are equal.
    return take(rows, np.argsort(instant_key(rows["deal"], rows["at"]), kind="stable"))


def _attribute(changes: Frame, deals: Frame) -> Frame:
    """Who made each change: the owner of the instant before, where nobody else is named."""
    owner = changes["field"] == OWNER
    held = as_of(
        changes["deal"][owner], changes["at"][owner], changes["value"][owner], changes["deal"], changes["at"] - 1
    )
    by = np.where(changes["by"] == NULL, held, changes["by"])
    by = np.where(by == NULL, deals["creator"][changes["deal"]], by)
    return changes | {"by": by}
