"""A naive replay of made-up opportunity histories: change by change, one opportunity at a time, as METRICS tells it.

What the SQL does with windows over whole tables is done here with a loop over a state. Nothing here reads a database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

DAY_ZERO = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
BEGINNING_OF_TIME = datetime(1900, 1, 1, tzinfo=UTC).replace(tzinfo=None)
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC).replace(tzinfo=None)
FIELDS = ("pipeline_id", "source", "owner_id", "amount", "close_date", "forecast_category", "stage", "is_deleted")
ORDER = (
    "pipeline_id",
    "source",
    "forecast_category",
    "owner_id",
    "team",
    "amount",
    "close_date",
    "stage",
    "is_deleted",
)
FUNCTIONS = {"web": "marketing_inbound", "referral": "partner"}
# Stage -> (is_open, is_pipeline, is_qualified, is_won); pipeline q takes Low for a stage before the pipeline.
STAGES = {
    "Early": (True, False, False, False),
    "Low": (True, True, False, False),
    "High": (True, True, True, False),
    "Top": (True, True, True, False),
    "Won": (False, False, True, True),
    "Lost": (False, False, False, False),
    "Dead": (False, False, False, False),
}
LOW_QUALIFIES_FROM = DAY_ZERO + timedelta(days=30)  # in pipeline p, for visits that begin then or later
# User -> spans of (from, to, team, segment); nobody knows c.
TEAMS = {
    "a": [
        (BEGINNING_OF_TIME, DAY_ZERO + timedelta(days=20), "North", "SMB"),
        (DAY_ZERO + timedelta(days=20), END_OF_TIME, "South", "SMB"),
    ],
    "b": [(BEGINNING_OF_TIME, DAY_ZERO + timedelta(days=40), "North", "Enterprise")],
}
PAIRS = {
    "pipeline_id": ("reclassified_out", "reclassified_in"),
    "source": ("reclassified_out", "reclassified_in"),
    "forecast_category": ("reclassified_out", "reclassified_in"),
    "owner_id": ("transferred_out", "transferred_in"),
    "team": ("transferred_out", "transferred_in"),
    "close_date": ("pushed_out", "pulled_in"),
    "stage": ("stage_out", "stage_in"),
}


@dataclass(frozen=True)
class Change:
    """A row of the change stream; `number` orders all changes of an opportunity."""

    number: int
    field: str
    at: datetime
    value: str | None
    known_at: datetime


# What a step sets: a change, a stage with its status, or, where it is None, the owner's team of that instant.
Move = Change | tuple[str, str] | None


@dataclass(frozen=True)
class History:
    """An opportunity's change stream. `is_merged`: its newest deletion is a merger."""

    opportunity: str
    fx_rate: Decimal
    is_merged: bool
    changes: tuple[Change, ...]

    @property
    def merged_at(self) -> datetime | None:
        deletions = [change for change in self.changes if change.field == "is_deleted"]
        return deletions[-1].at if self.is_merged and deletions and deletions[-1].value == "true" else None


@dataclass(frozen=True)
class State:
    """What holds of an opportunity after a step; `status` is that of the stage, deleted or not."""

    pipeline: str | None = None
    source: str = "unknown"
    forecast_category: str | None = None
    owner: str = "(unassigned)"
    team: tuple[str | None, str | None] = (None, None)
    amount: Decimal = Decimal("0.00")
    window: str = "undated"
    stage: str | None = None
    stage_status: str = "none"
    is_deleted: bool = False

    @property
    def status(self) -> str:
        return "deleted" if self.is_deleted else self.stage_status

    @property
    def cell(self) -> tuple[str | None, ...]:
        """pipeline, stage, owner, team, segment, source, forecast category, close-date window."""
        return (
            self.pipeline, self.stage, self.owner, *self.team, self.source, self.forecast_category, self.window,
        )  # fmt: skip

    def is_open(self, basis: str) -> bool:
        return self.status == "open_qualified" or (basis == "total" and self.status == "open_unqualified")


def team_of(owner: str | None, at: datetime) -> tuple[str | None, str | None]:
    for begins, ends, team, segment in TEAMS.get(owner or "", []):
        if begins <= at < ends:
            return team, segment
    return None, None


def stage_status(pipeline: str | None, stage: str, entered_at: datetime) -> str:
    """The status that a stage has in the policy of the moment in which it is entered; without a policy it is pipeline.

    A past that nothing tells is pipeline past the bar, since a closing followed it.
    """
    if stage == "(unknown)":
        return "open_qualified"
    is_open, is_pipeline, is_qualified, is_won = STAGES.get(stage, (True, True, False, False))
    if stage == "Low" and pipeline == "q":
        is_pipeline = False
    if stage == "Low" and pipeline == "p":
        is_qualified = entered_at >= LOW_QUALIFIES_FROM
    if is_open:
        return ("open_qualified" if is_qualified else "open_unqualified") if is_pipeline else "open_outside"
    return "won" if is_won else "lost"


@dataclass
class Visits:
    """The stage visits of a history, told change by change."""

    pipeline: str | None = None
    stage: str | None = None
    last: tuple[str | None, str] | None = field(default=None)

    def entered(self, change: Change, following: Change | None) -> tuple[str | None, str] | None:
        """Pipeline and stage of the visit that a change begins. A pipeline and a stage that change together are one."""
        if change.field == "pipeline_id":
            self.pipeline = change.value
            if following is not None and following.field == "stage" and following.at == change.at:
                return None
        elif change.value is not None:
            self.stage = change.value
        visit = (self.pipeline, self.stage) if self.stage else None
        if visit is None or visit == self.last:
            return None
        self.last = visit
        return visit


def steps(history: History) -> Iterator[tuple[datetime, str, State]]:
    """(instant, kind, state after it) of each step of a history, in the order in which they apply."""
    by_instant: dict[datetime, list[tuple[int, int, str, Move]]] = {}
    path = [change for change in history.changes if change.field in ("pipeline_id", "stage")]
    visits, first_at = Visits(), min(change.at for change in history.changes)
    for number, change in enumerate(path):
        entered = visits.entered(change, path[number + 1] if number + 1 < len(path) else None)
        if entered:
            status = stage_status(entered[0], entered[1], change.at)
            move = (entered[1], status)
            by_instant.setdefault(change.at, []).append((ORDER.index("stage"), number, "stage", move))
    birth = next(change for change in history.changes if change.field == "is_deleted")
    for change in history.changes:
        if change.field != "stage":
            rank = -1 if change is birth else ORDER.index(change.field)
            by_instant.setdefault(change.at, []).append((rank, change.number, change.field, change))
    for boundary in {moment for spans in TEAMS.values() for span in spans for moment in span[:2]}:
        if first_at < boundary < END_OF_TIME:
            by_instant.setdefault(boundary, []).append((ORDER.index("team"), 0, "team", None))
    state = State()
    for at in sorted(by_instant):
        for _, _, kind, move in sorted(by_instant[at], key=lambda entry: entry[:2]):
            state = after(state, at, move, history.fx_rate)
            yield at, kind, state


def after(state: State, at: datetime, move: Move, fx_rate: Decimal) -> State:
    if move is None:
        return replace(state, team=team_of(state.owner, at))
    if isinstance(move, Change):
        return set_value(state, move, at, fx_rate)
    stage, status = move
    return replace(state, stage=stage, stage_status=status)


def set_value(state: State, change: Change, at: datetime, fx_rate: Decimal) -> State:
    """The state with the value of a change of anything but the stage."""
    value = change.value
    if change.field == "pipeline_id":
        return replace(state, pipeline=value)
    if change.field == "source":
        return replace(state, source=FUNCTIONS.get(value or "", "unknown"))
    if change.field == "forecast_category":
        return replace(state, forecast_category=value)
    if change.field == "owner_id":
        return replace(state, owner=value or "(unassigned)", team=team_of(value, at))
    if change.field == "amount":
        amount = Decimal(value or 0) * fx_rate
        return replace(state, amount=amount.quantize(Decimal("0.01"), ROUND_HALF_UP))
    if change.field == "close_date":
        quarter = f"FY{value[:4]}-Q{(int(value[5:7]) + 2) // 3}" if value else "undated"
        return replace(state, window=quarter)
    return replace(state, is_deleted=value == "true")


def ledger(history: History, basis: str) -> Counter[tuple[object, ...]]:
    """Every movement as (opportunity, basis, instant, movement, amount, n, *cell)."""
    made: Counter[tuple[object, ...]] = Counter()
    before, outcome, was_ever_in = State(), None, False  # outcome: the last status that was no deletion

    def book(at: datetime, movement: str, state: State, amount: Decimal, n: int) -> None:
        made[(history.opportunity, basis, at, movement, amount, n, *state.cell)] += 1

    for at, kind, state in steps(history):
        was, now = before.is_open(basis), state.is_open(basis)
        closes = not was and closes_unseen(before, state, outcome, basis)
        if not was and (now or closes):
            if not was_ever_in:
                movement = "created"
            elif kind == "is_deleted":
                movement = "undeleted"
            else:
                movement = "reopened" if outcome in ("won", "lost") else "entered"
            book(at, movement, state, state.amount, 1)
            was_ever_in = True
        if (was and not now) or closes:
            held = before if was else state
            book(at, ending(history, state, at), held, -held.amount, -1)
        if was and now and state.cell != before.cell:
            book(at, PAIRS[kind][0], before, -before.amount, -1)
            book(at, PAIRS[kind][1], state, state.amount, 1)
        elif was and now and state.amount != before.amount:
            grown = state.amount - before.amount
            book(at, "increased" if grown > 0 else "decreased", state, grown, 0)
        before = state
        if state.status not in ("none", "deleted"):
            outcome = state.status
    return made


def closes_unseen(before: State, state: State, outcome: str | None, basis: str) -> bool:
    """Whether a win, or a loss of what was pipeline, comes without the opportunity being open just before."""
    if state.status == "won":
        return outcome != "won"
    if state.status != "lost" or outcome == "lost":
        return False
    was_open_when_deleted = before.status == "deleted" and (
        outcome == "open_qualified" or (basis == "total" and outcome == "open_unqualified")
    )
    return outcome == "won" or (outcome is None and basis == "total") or was_open_when_deleted


def ending(history: History, state: State, at: datetime) -> str:
    if state.status == "deleted":
        return "merged" if history.merged_at is not None and at >= history.merged_at else "deleted"
    return state.status if state.status in ("won", "lost") else "left"


def state_before(history: History, instant: datetime) -> State:
    """What holds of an opportunity just before an instant."""
    state = State()
    for at, _, state_then in steps(history):
        if at < instant:
            state = state_then
    return state


def state_known(history: History, instant: datetime, known_at: datetime) -> State:
    """What of it is seen by who knows the facts whose extracts were taken by `known_at`."""
    state = State()
    path = [change for change in history.changes if change.field in ("pipeline_id", "stage")]
    visits = Visits()
    for number, change in enumerate(path):
        entered = visits.entered(change, path[number + 1] if number + 1 < len(path) else None)
        if entered and change.at < instant and change.known_at <= known_at:
            status = stage_status(entered[0], entered[1], change.at)
            state = replace(state, stage=entered[1], stage_status=status)
    for change in history.changes:
        if change.field != "stage" and change.at < instant and change.known_at <= known_at:
            state = set_value(state, change, change.at, history.fx_rate)
    return replace(state, team=team_of(state.owner, instant - timedelta(microseconds=1)))
