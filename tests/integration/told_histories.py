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
NEVER_EMPTY = ("pipeline_id", "stage")
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


# When it counts, what was told or shown, and whether an extract shows it.
Event = tuple[datetime, Told, bool]


def events(one: Opportunity, field: str) -> list[Event]:
    """What is told of a field in the order in which it counts, changes seen minutes early left out."""
    made = [(change.at, change, False) for change in one.told if change.field == field and change.counts]
    last: list[str | None] = []
    for version in sorted(one.versions, key=lambda v: v.order):
        if version.is_absence and field != "is_deleted":
            continue
        value = version.values.get(field)
        if field == "stage" and value is None:
            continue
        if not last or last[-1] != value:
            shown = Told(field, version.at, None, value, version.extracted_at, None, version.number)
            made.append((max(version.at, one.starts_at), shown, True))
        last.append(value)
    made.sort(
        key=lambda event: (event[0], event[2], event[1].at, event[1].sequence or "", event[1].known_at, event[1].number)
    )
    followers = [*made[1:], None][: len(made)]
    return [event for event, after in zip(made, followers, strict=True) if not is_early(event, after)]


def is_early(event: Event, after: Event | None) -> bool:
    at, shown, is_shown = event
    return (
        is_shown and after is not None and not after[2] and after[1].new == shown.new and after[0] - at <= SKEW
    )  # fmt: skip


def stream(one: Opportunity) -> list[tuple[str, datetime, str | None, datetime]]:
    """(field, instant, value, known at) of each change, in the order in which they apply."""
    made = []
    for rank, field in enumerate(FIELDS):
        found = events(one, field)
        if found and found[0][0] > one.starts_at:
            _, first, is_shown = found[0]
            is_first_told = is_shown or (field == "pipeline_id" and first.old is None)
            held = first.new if is_first_told else first.old
            found = [(one.starts_at, Told(field, first.at, None, held, first.known_at, None, 0), is_shown), *found]
        value = None
        for place, (at, change, _) in enumerate(found):
            if change.new != value:
                made.append((at, rank, place, field, change.new, change.known_at))
                value = change.new
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
