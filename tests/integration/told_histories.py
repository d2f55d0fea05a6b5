"""What sources tell of made-up opportunities, and a naive replay of it into a change stream: field by field, with loops.

What becomes of the stream afterwards is `pipeline_ledger`'s. Nothing here reads a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tests.integration.pipeline_ledger import Change, History, Visits, stage_status

SKEW = timedelta(minutes=5)
# In the order in which changes of one instant apply.
FIELDS = ("pipeline_id", "source", "owner_id", "amount", "close_date", "forecast_category", "stage", "is_deleted")
# A currency is shown by every version, and no history records it here.
STREAMED = (*FIELDS[:3], "currency", *FIELDS[3:])
NEVER_EMPTY = ("pipeline_id", "stage")
UNKNOWN = "(unknown)"
RATES = {"USD": Decimal(1), "EUR": Decimal("0.5")}


@dataclass(frozen=True)
class Told:
    """A change that the CRM recorded; `number` is its place in the file."""

    field: str
    at: datetime
    old: str | None
    new: str | None
    known_at: datetime
    sequence: str | None
    number: int
    is_preferred: bool = True

    @property
    def is_old_told(self) -> bool:
        """An empty old source was told to be empty; of other fields an empty one says nothing."""
        return self.old is not None or self.field == "source"

    @property
    def counts(self) -> bool:
        return self.is_preferred and not (self.field in NEVER_EMPTY and self.new is None)


@dataclass(frozen=True)
class Version:
    """A record as an extract showed it (`values` by field), or that it was missing. What it says of being closed is noise."""

    values: Mapping[str, str | None]
    at: datetime
    extracted_at: datetime
    number: int
    created_at: datetime | None
    is_absence: bool = False
    is_closed: bool | None = None

    @property
    def order(self) -> tuple[datetime, datetime, int]:
        return self.at, self.extracted_at, self.number


@dataclass(frozen=True)
class Opportunity:
    name: str
    currency: str
    told: tuple[Told, ...]
    versions: tuple[Version, ...]

    @property
    def starts_at(self) -> datetime:
        sights = sorted((version for version in self.versions if not version.is_absence), key=lambda v: v.order)
        created = [version.created_at for version in sights if version.created_at is not None][-1:]
        changed = [min((change.at for change in self.told if change.is_preferred), default=None)]
        dated = [moment for moment in created + changed if moment is not None]
        return min(dated) if dated else min(version.extracted_at for version in sights)


@dataclass(frozen=True)
class Event:
    """What counts of a field: `at` when, `rank` 0 if recorded, 1 if an extract shows it, 2 if an old value reaches back to one.

    `follows_unknown`: a closed stage that is told first by an extract.
    """

    at: datetime
    rank: int
    told_at: datetime
    value: str | None
    known_at: datetime
    sequence: str | None = None
    number: int = -1
    change: Told | None = None
    follows_unknown: bool = False

    @property
    def order(self) -> tuple[object, ...]:
        return self.at, self.rank, self.told_at, self.sequence or "", self.known_at, self.number


def is_closed(pipeline: str | None, stage: str | None, at: datetime) -> bool:
    """Whether a stage is won or lost by the ladder of that moment."""
    return stage is not None and stage_status(pipeline, stage, at) in ("won", "lost")


def sights(one: Opportunity, field: str) -> list[tuple[datetime, str | None, Version]]:
    """(when it is a witness, value, version) of each version that tells a field, in that order. One that a newer version had
    superseded by its extract is a witness of its own time."""
    made = []
    for version in one.versions:
        newer = [
            other
            for other in one.versions
            if other.is_absence == version.is_absence
            and other.order > version.order
            and other.extracted_at <= version.extracted_at
        ]
        seen_at = min(version.at, version.extracted_at) if newer else version.extracted_at
        value = one.currency if field == "currency" else version.values.get(field)
        if (version.is_absence and field != "is_deleted") or (field == "stage" and value is None):
            continue
        made.append((seen_at, value, version))
    return sorted(made, key=lambda sight: (sight[0], sight[2].order))


def recorded(one: Opportunity, field: str) -> list[Event]:
    return sorted(
        (
            Event(max(c.at, one.starts_at), 0, c.at, c.new, c.known_at, c.sequence, c.number, c)
            for c in one.told
            if c.field == field and c.counts
        ),
        key=lambda event: event.order,
    )


def shown(
    one: Opportunity, field: str, part: list[tuple[datetime, str | None, Version]], last: Event | None
) -> Iterator[Event]:
    """Where versions show another value than what was known before: `last`, the newest recorded change, or nothing."""
    value, seen_before = (last.value, last.at) if last else (None, None)
    is_first = last is None
    for seen_at, shows, version in part:
        if is_first or shows != value:
            since = max(seen_before or one.starts_at, one.starts_at)
            closes = field == "stage" and is_closed(version.values["pipeline_id"], shows, seen_at)
            at = seen_at
            if since < version.at <= seen_at and not (closes and is_first) and (field, shows) != ("is_deleted", "true"):
                at = version.at
            day = version.values.get("close_date")
            if closes and day is not None:
                begins = datetime.fromisoformat(day)
                ends = begins + timedelta(days=1, seconds=-1)
                at = min(ends, seen_at) if ends >= since and begins <= seen_at else at
            yield Event(
                max(at, one.starts_at),
                1,
                at,
                shows,
                version.extracted_at,
                None,
                version.number,
                None,
                is_first and closes,
            )
        value, seen_before, is_first = shows, seen_at, False


def events(one: Opportunity, field: str) -> list[Event]:
    """What counts of a field, in order. Recorded history covers it from its first change to its newest: what versions show in
    between, or minutes before the first or after the newest, changes nothing."""
    told, seen = recorded(one, field), sights(one, field)
    if not told:
        return sorted(shown(one, field, seen, None), key=lambda event: event.order)
    first, last = told[0], told[-1]
    assert first.change is not None
    held_before_last = told[-2].value if len(told) > 1 else first.change.old
    before = [s for s in seen if s[0] < first.at and not (s[1] == first.value and first.at - s[0] <= SKEW)]
    after = [s for s in seen if s[0] > last.at and not (s[1] == held_before_last and s[0] - last.at <= SKEW)]
    made = [*told, *shown(one, field, before, None), *shown(one, field, after, last)]
    if before and first.change.is_old_told and before[-1][1] != first.change.old:
        made.append(
            Event(max(before[-1][0], one.starts_at), 2, before[-1][0], first.change.old, before[-1][2].extracted_at)
        )
    return sorted(made, key=lambda event: event.order)


def held_at_first(one: Opportunity, field: str, first: Event) -> tuple[str | None] | None:
    """What held since the start of life, before the first event; None where that begins it."""
    told = first.change
    if first.rank == 1:
        return (UNKNOWN,) if first.follows_unknown else ("false",) if field == "is_deleted" else (first.value,)
    assert told is not None
    is_stage = field == "stage"
    if first.at - one.starts_at <= (SKEW if is_stage else timedelta()) and not (is_stage and told.is_old_told):
        return None
    if told.is_old_told:
        return (told.old,)
    newest = max((v for v in one.versions if not v.is_absence), key=lambda v: v.order).values["pipeline_id"]
    return (UNKNOWN,) if is_stage and is_closed(newest, first.value, first.at) else (first.value,)


def stream(one: Opportunity) -> list[tuple[str, datetime, str | None, datetime]]:
    """(field, instant, value, known at) of each change, in the order in which they apply."""
    made = []
    for rank, field in enumerate(STREAMED):
        found = events(one, field)
        steps = [(event.at, event.value, event.known_at) for event in found]
        held = held_at_first(one, field, found[0]) if found else None
        if held:
            steps.insert(0, (one.starts_at, held[0], found[0].known_at))
        value = None
        for place, (at, new, known_at) in enumerate(steps):
            if new != value:
                made.append((at, rank, place, field, new, known_at))
                value = new
    return [(field, at, value, known_at) for at, _, _, field, value, known_at in sorted(made, key=lambda row: row[:3])]


def history(one: Opportunity) -> History:
    """The stream as `pipeline_ledger` reads it."""
    changes = tuple(Change(number, *change) for number, change in enumerate(stream(one), 1))
    return History(one.name, RATES[one.currency], False, changes)


def visits(made: History) -> Iterator[tuple[str | None, str, datetime, str]]:
    """(pipeline, stage, entered at, status) of each stage visit."""
    path = [change for change in made.changes if change.field in NEVER_EMPTY]
    replay = Visits()
    for change, after in zip(path, [*path[1:], None], strict=True):
        entered = replay.entered(change, after)
        if entered:
            yield entered[0], entered[1], change.at, stage_status(entered[0], entered[1], change.at)


def flags(status: str) -> tuple[bool, bool, bool, bool]:
    """Whether a status is open, won, pipeline and qualified."""
    return (
        status.startswith("open"),
        status == "won",
        status in ("open_qualified", "open_unqualified"),
        status in ("open_qualified", "won"),
    )


def direction(
    ladder: list[str], before: tuple[str | None, str, datetime, str], now: tuple[str | None, str, datetime, str]
) -> str | None:
    """What the step between two visits is by the ladder (open stages, lowest first) of its instant; None: it has no place there."""
    was_open, is_open = (visit[3].startswith("open") for visit in (before, now))
    if before[0] != now[0]:
        return "moved"
    if not was_open:
        return "reopened" if is_open else "reclassified"
    if not is_open:
        return now[3]
    if before[1] not in ladder or now[1] not in ladder:
        return None
    moved = ladder.index(now[1]) - ladder.index(before[1])
    return "skip" if moved > 1 else "advance" if moved > 0 else "regress" if moved < 0 else None
