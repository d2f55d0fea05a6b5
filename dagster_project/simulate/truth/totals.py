"""The company's totals, computed from what happened and without any of the warehouse's code, as of the last extract.

A past quarter is measured at its end, the last one at the end of the last extract; both instants are exclusive.
Opportunities deleted by the end of the last extract count nowhere. Definitions: METRICS of the project, the parts about
open, created, won and lost pipeline, credit, coverage and transitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, as_of, full, take
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column, cents, label, number, record
from dagster_project.simulate.timeline import DAY
from dagster_project.simulate.truth.opportunities import first_amount, pipeline_instants, usd
from dagster_project.simulate.vocabulary import ACCEPTED, DISCOVERY, LOST, STAGES, WON
from dagster_project.simulate.world import edits
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.company import AE, QUARTER
from dagster_project.simulate.world.demand import HAND_RAISE, INTEREST
from dagster_project.simulate.world.edits import value_at

_CREDIT_WITHIN = 30 * DAY
_HORIZONS = 3
# Open is what stands in open stages whatever its close date; due is the part that closes in the quarter, overdue the
# part whose close date is past.
MEASURES = (
    "created_total", "created_qualified", "open_total", "open_qualified", "due_total", "due_qualified", "overdue_total",
    "won", "lost",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """One row per thing that counts: a measure, whom it counts for, the quarter, and cents of USD (NULL: no amount)."""

    measure: Ints
    user: Ints
    quarter: Ints
    amount: Ints


def extract_end(world: World) -> int:
    """Instant at whose end the last extract was taken."""
    return world.timeline.end - world.options.withheld_days * DAY


def quarter_edges(world: World) -> tuple[Ints, Ints]:
    """First instant of each quarter begun by the last extract and of the two after; and when each is measured."""
    end = extract_end(world)
    starts = world.timeline.quarter_starts
    beyond = world.timeline.next_quarter_start(np.array([world.timeline.end]))
    beyond = np.append(beyond, world.timeline.next_quarter_start(beyond))
    starts = np.concatenate([starts, beyond])
    current = int(np.searchsorted(starts, end, side="left")) - 1
    starts = starts[: current + _HORIZONS + 1]
    return starts, np.minimum(starts[1:], end)


def pipeline_facts(world: World) -> Facts:
    """Every measure by user and quarter."""
    starts, measured = quarter_edges(world)
    parts = [
        _created(world, starts),
        *(_standing(world, starts, measured, quarter) for quarter in _past(starts, measured)),
    ]
    return Facts(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _past(starts: Ints, measured: Ints) -> range:
    """Quarters that have begun when they are measured."""
    return range(int((starts[:-1] < measured).sum()))


def _kept(world: World) -> Flags:
    deleted = world.deals["deleted_at"]
    return (deleted == NULL) | (deleted >= extract_end(world))


def _created(world: World, starts: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    end, kept = extract_end(world), _kept(world)
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for measure, at in enumerate(pipeline_instants(world)):
        rows = np.flatnonzero(kept & (at != NULL) & (at < end))
        user = credited(world, rows, at[rows], end)
        quarter = np.searchsorted(starts, at[rows], side="right") - 1
        parts.append((full(len(rows), measure), user, quarter, first_amount(world, at, end)[rows]))
    measure, user, quarter, amount = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return measure, user, quarter, amount


def credited(world: World, deal: Ints, at: Ints, end: int) -> Ints:
    """First owner who is an AE at the instant or within 30 days after, as known at `end`; else the owner then."""
    changes = take(world.changes, world.changes["field"] == edits.OWNER)
    holder = value_at(world.changes, edits.OWNER, deal, at)
    # Who is tried at each step: the owner of the instant, then each later one.
    chosen = full(len(deal))
    owner, since = holder.copy(), at.copy()
    until = np.minimum(at + _CREDIT_WITHIN + 1, end)
    for _ in range(1 + int(np.bincount(changes["deal"], minlength=1).max())):
        following = _next_change(changes, deal, since)
        begins = _is_ae_from(world, owner, since, np.where(following == NULL, end, following))
        fits = (chosen == NULL) & (begins != NULL) & (begins < until)
        chosen = np.where(fits, owner, chosen)
        owner = np.where(following == NULL, owner, value_at(world.changes, edits.OWNER, deal, np.maximum(following, 0)))
        since = np.where(following == NULL, end, following)
    return np.where(chosen == NULL, holder, chosen)


def _next_change(changes: Frame, deal: Ints, at: Ints) -> Ints:
    """Instant of each opportunity's next change after an instant; NULL without one."""
    position = np.searchsorted(_key(changes["deal"], changes["at"]), _key(deal, at), side="right")
    found = np.minimum(position, len(changes["deal"]) - 1)
    return np.where((position < len(changes["deal"])) & (changes["deal"][found] == deal), changes["at"][found], NULL)


def _key(row: Ints, at: Ints) -> Ints:
    return (row << 34) + at


def _is_ae_from(world: World, user: Ints, begins: Ints, ends: Ints) -> Ints:
    """Earliest instant within [begins, ends) at which each user holds an AE role; NULL without one."""
    spans = world.company.spans
    at_start = as_of(spans["user"], spans["valid_from"], np.where(spans["role"] == AE, 1, 0), user, begins)
    rises = take(spans, spans["role"] == AE)
    position = np.searchsorted(_key(rises["user"], rises["valid_from"]), _key(user, begins), side="right")
    found = np.minimum(position, len(rises["user"]) - 1)
    later = (position < len(rises["user"])) & (rises["user"][found] == user) & (rises["valid_from"][found] < ends)
    return np.where(at_start == 1, begins, np.where(later, rises["valid_from"][found], NULL))


def _standing(world: World, starts: Ints, measured: Ints, quarter: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Open, due and overdue pipeline at the instant in which a quarter is measured, won and lost since it began.

    What is due in quarters to come has its close date there when the current one is measured.
    """
    at = int(measured[quarter]) - 1
    count = len(world.deals["created"])
    everyone, then = np.arange(count), full(count, at)
    here = _kept(world) & (world.deals["created"] <= at)
    stage = value_at(world.changes, edits.STAGE, everyone, then)
    since = as_of(*_stages(world), everyone, then)
    owner = value_at(world.changes, edits.OWNER, everyone, then)
    amount = usd(world, value_at(world.changes, edits.AMOUNT, everyone, then))
    closes = value_at(world.changes, edits.CLOSE_DATE, everyone, then)
    is_open = here & (stage >= DISCOVERY) & (stage < WON)
    overdue = is_open & (closes < at // DAY)
    due = np.searchsorted(starts, np.maximum(closes, 0) * DAY, side="right") - 1
    last = len(starts) - 2 if measured[quarter] == measured[-1] else quarter
    dated = is_open & ~overdue & (due >= quarter) & (due <= last)
    ended = here & (since >= starts[quarter])
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for name, rows, place in (
        ("open_total", is_open, full(count, quarter)),
        ("open_qualified", is_open & (stage >= ACCEPTED), full(count, quarter)),
        ("due_total", dated, due),
        ("due_qualified", dated & (stage >= ACCEPTED), due),
        ("overdue_total", overdue, full(count, quarter)),
        ("won", ended & (stage == WON), full(count, quarter)),
        ("lost", ended & (stage == LOST), full(count, quarter)),
    ):
        number_of = full(int(rows.sum()), MEASURES.index(name))
        parts.append((number_of, owner[rows], place[rows], amount[rows]))
    measure, user, place, value = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return measure, user, place, value


def _stages(world: World) -> tuple[Ints, Ints, Ints]:
    rows = world.changes["field"] == edits.STAGE
    return world.changes["deal"][rows], world.changes["at"][rows], world.changes["at"][rows]


def owner_quarters(world: World, ids: Ids) -> Mapping[str, Column]:
    """One row per user and quarter with anything to show: count and amount of every measure, and the quota."""
    starts, measured = quarter_edges(world)
    facts = pipeline_facts(world)
    quarters = len(measured)
    quota = _quota(world, starts)
    shown, cell = np.unique(
        np.concatenate([facts.user * quarters + facts.quarter, np.flatnonzero(quota != NULL)]), return_inverse=True
    )
    cell = cell[: len(facts.user)]
    columns: dict[str, Column] = {
        "owner_id": record(ids.user[shown // quarters]),
        "quarter_start": Column("day", starts[shown % quarters] // DAY),
        "quota_amount": cents(quota[shown]),
    }
    for position, name in enumerate(MEASURES):
        rows = facts.measure == position
        columns |= _sums(name, cell[rows], facts.amount[rows], len(shown))
    return columns


def quarter_totals(world: World) -> Mapping[str, Column]:
    """One row per quarter: count and amount of every measure, of the block's users together."""
    starts, measured = quarter_edges(world)
    facts = pipeline_facts(world)
    columns: dict[str, Column] = {"quarter_start": Column("day", starts[:-1] // DAY)}
    for position, name in enumerate(MEASURES):
        rows = facts.measure == position
        columns |= _sums(name, facts.quarter[rows], facts.amount[rows], len(measured))
    return columns


def _sums(name: str, cell: Ints, amount: Ints, cells: int) -> dict[str, Column]:
    total = full(cells, 0)
    np.add.at(total, cell, np.where(amount == NULL, 0, amount))
    return {
        f"{name}_count": number(np.bincount(cell, minlength=cells).astype(np.int64)),
        f"{name}_amount": cents(total),
    }


def _quota(world: World, starts: Ints) -> Ints:
    """Cents of USD per user and quarter (flattened): the quarter's share of the days of employment, halves up."""
    quotas, users = world.company.quotas, world.company.users
    quarters = len(starts) - 1
    found = full(len(users["role"]) * quarters)
    for part in range(4):
        annual = quotas["period"] != QUARTER
        rows = take(quotas, annual if part else np.ones(len(annual), dtype=np.bool_))
        begins = _months_later(rows["starts_at"], 3 * part)
        quarter = np.searchsorted(starts, begins)
        inside = (quarter < quarters) & (starts[np.minimum(quarter, quarters)] == begins)
        inside &= rows["starts_at"] - 20 * DAY < extract_end(world)
        share = np.where(rows["period"] == QUARTER, rows["amount"], rows["amount"] // 4)
        user, quarter, share = rows["user"][inside], quarter[inside], share[inside]
        first = np.maximum(starts[quarter], users["started"][user])
        last = np.where(users["ended"][user] == NULL, starts[quarter + 1], users["ended"][user])
        days = np.maximum(np.minimum(starts[quarter + 1], last) // DAY - first // DAY, 0)
        length = (starts[quarter + 1] - starts[quarter]) // DAY
        found[user * quarters + quarter] = (2 * share * days + length) // (2 * length)
    return found


def _months_later(at: Ints, months: int) -> Ints:
    return (at.astype("datetime64[s]").astype("datetime64[M]") + months).astype("datetime64[s]").astype(np.int64)


def transition_totals(world: World) -> Mapping[str, Column]:
    """One row per quarter, stage left ('' at creation) and stage entered: count and amount of USD then."""
    end = extract_end(world)
    changes = world.changes
    rows = np.flatnonzero((changes["field"] == edits.STAGE) & _kept(world)[changes["deal"]] & (changes["at"] < end))
    deal, at, stage = changes["deal"][rows], changes["at"][rows], changes["value"][rows]
    before = np.append(NULL, np.where(deal[1:] == deal[:-1], stage[:-1], NULL))
    amount = usd(world, value_at(changes, edits.AMOUNT, deal, at), deal)
    quarter = world.timeline.quarter_of(at)
    key = (quarter * 16 + np.where(before == NULL, 15, before)) * 16 + stage
    shown, cell = np.unique(key, return_inverse=True)
    names = [item.name for item in STAGES]
    left = shown // 16 % 16
    return {
        "quarter_start": Column("day", world.timeline.quarter_starts[shown // 256] // DAY),
        "from_stage": label(names, np.where(left == 15, NULL, left)),
        "to_stage": label(names, shown % 16),
    } | _sums("transition", cell, amount, len(shown))


def touch_totals(world: World, ids: Ids) -> Mapping[str, Column]:
    """One row per campaign: its members, those who answered in any way, and those who asked to be spoken to."""
    touches = world.touches
    known = touches["added_at"] < extract_end(world)
    answered = known & (touches["at"] < extract_end(world))
    campaigns = len(world.campaigns["type"])
    columns: dict[str, Column] = {"campaign_id": record(ids.campaign)}
    for name, rows in (
        ("members", known),
        ("responses", answered & (touches["level"] >= INTEREST)),
        ("hand_raises", answered & (touches["level"] == HAND_RAISE)),
    ):
        columns[name] = number(np.bincount(touches["campaign"][rows], minlength=campaigns).astype(np.int64))
    return columns
