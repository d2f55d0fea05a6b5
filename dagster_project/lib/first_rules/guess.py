"""Which object a file holds and which of its columns is which, by their names and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from dagster_project.lib.contracts import TEXT_TYPES, Column, SourceObject, normalize_name
from dagster_project.lib.first_rules.names import COLUMNS, FILES, NEVER_ALONE, last_word, plain
from dagster_project.lib.first_rules.samples import Sample
from dagster_project.lib.first_rules.written import ENOUGH, Moments, Numbers, are_booleans, moments_of, numbers_of

_HINT = 4
"""What the name of a file weighs, in columns."""
_STABLE = ("opportunity_name", "account_id", "created_at", "owner_id")
"""Columns of an opportunity that hardly change, of which an id may be made."""


_PAST = ("created_at", "modified_at", "closed_at", "changed_at", "touched_at", "occurred_at", "converted_at")
"""Columns whose instants lie before the extract that tells them."""
_TELLING = {
    ("opportunities", False): {"stage", "amount"},
    ("opportunities", True): {"stage"},
    ("users", False): {"role", "team", "segment", "territory", "manager_id", "user_name"},
}
"""Object, whether its id is made -> columns of which its files have one. Any list with an amount, or of names, would do
else."""
_REPEATED = 4
"""What it costs, in columns, that an id stands on several rows that differ."""


@dataclass(frozen=True)
class GuessedColumn:
    """A declared column and the file column that seems to be it. `is_sure`: it bears that very name."""

    declared: str
    name: str
    is_sure: bool
    moments: Moments | None = None
    numbers: Numbers | None = None


@dataclass(frozen=True)
class GuessedFeed:
    """What a file seems to hold. `key`: columns that make an id where none is one; empty: the row's content does."""

    sample: Sample
    object_name: str
    columns: Sequence[GuessedColumn]
    key: tuple[str, ...] | None = None
    rest: Sequence[str] = field(default_factory=list)

    def column(self, declared: str) -> GuessedColumn | None:
        """The guess for a declared column."""
        return next((column for column in self.columns if column.declared == declared), None)


def guess_feed(sample: Sample, objects: Sequence[SourceObject]) -> GuessedFeed | None:
    """The object of the generic contract that a file seems to hold; None where it can't be told."""
    by_name = {target.name: target for target in objects}
    path = plain(sample.file.shown.rsplit(".", 1)[0])
    best: tuple[float, GuessedFeed] | None = None
    for rank, (name, hints) in enumerate(FILES.items()):
        if name not in COLUMNS or name not in by_name:
            continue
        target = by_name[name]
        feed = _guess_as(sample, target)
        if feed is None:
            continue
        is_hinted = any(hint in path for hint in hints)
        is_repeated = len(target.key) == 1 and (own := feed.column(target.key[0])) and not _is_unique(sample, own)
        score = (
            len(feed.columns)
            + (_HINT if is_hinted else 0)
            - rank / 100
            - (2 if feed.key is not None else 0)
            - (_REPEATED if is_repeated else 0)
        )
        if best is None or score > best[0]:
            best = (score, feed)
    return best[1] if best else None


def _guess_as(sample: Sample, target: SourceObject) -> GuessedFeed | None:
    """The file taken for an object; None where a column that the object needs isn't in it."""
    taken: dict[int, GuessedColumn] = {}
    for declared, names in COLUMNS[target.name].items():
        column = target.column(declared)
        if column is None:
            continue
        for position in _candidates(sample, column, names):
            if position in taken:
                continue
            found = _judged(sample, target, column, position)
            if found is not None:
                taken[position] = found
                break
    columns = sorted(taken.values(), key=lambda found: list(COLUMNS[target.name]).index(found.declared))
    given = {found.declared for found in columns}
    needed = {column.name for column in target.columns if column.required or column.in_file} | set(
        NEVER_ALONE.get(target.name, ())
    )
    key = None
    if target.name == "opportunities" and "opportunity_id" not in given:
        key = _made_key(sample, columns)
        needed.discard("opportunity_id")
    needed -= {"field"} if target.name == "opportunity_changes" else set()
    telling = _TELLING.get((target.name, key is not None))
    if not needed <= given or (telling is not None and not given & telling):
        return None
    rest = [name for position, name in enumerate(sample.columns) if position not in taken]
    return GuessedFeed(sample, target.name, columns, key, rest)


def _candidates(sample: Sample, column: Column, names: Sequence[str]) -> list[int]:
    """Positions of file columns that could be a declared one by their name, the likeliest first."""
    own = (column.name, *column.accept)
    wanted = [*dict.fromkeys([*(plain(name) for name in own), *names])]
    found = []
    for position, name in enumerate(sample.columns):
        ranks = [wanted.index(word) for word in (plain(name), last_word(name)) if word in wanted]
        if ranks:
            found.append((min(ranks), position))
    return [position for _, position in sorted(found)]


def _judged(sample: Sample, target: SourceObject, column: Column, position: int) -> GuessedColumn | None:
    """The guess, where what stands in the column allows it. A column without any value is taken by its name."""
    values = sample.column(position)
    name = sample.columns[position]
    # A column that is called as the id is the id, also where a file holds several versions of a record.
    is_sure = normalize_name(name) in {normalize_name(known) for known in (column.name, *column.accept)}
    if column.name in target.key and len(target.key) == 1 and not is_sure and not _is_key(sample, [position]):
        return None
    if not values or column.type in TEXT_TYPES:
        return GuessedColumn(column.name, name, is_sure)
    if column.type == "boolean":
        return GuessedColumn(column.name, name, is_sure) if are_booleans(values) else None
    if column.type in ("date", "timestamp"):
        taken_on = _day_of(sample.file.shown) if column.name in _PAST else None
        moments = moments_of(values, column.type, day_first=sample.delimiter == ";", not_after=taken_on)
        return GuessedColumn(column.name, name, is_sure, moments=moments) if moments else None
    numbers = numbers_of(values)
    return GuessedColumn(column.name, name, is_sure, numbers=numbers) if numbers else None


def _is_unique(sample: Sample, column: GuessedColumn) -> bool:
    return _is_key(sample, [sample.columns.index(column.name)])


def _day_of(shown: str) -> date | None:
    """The last date in a path; None where there is none."""
    found = re.findall(r"(\d{4})-?(\d{2})-?(\d{2})", shown)
    try:
        return date(*(int(part) for part in found[-1])) if found else None
    except ValueError:
        return None


def _made_key(sample: Sample, columns: Sequence[GuessedColumn]) -> tuple[str, ...]:
    """The fewest stable columns that tell all rows apart; none: only the row's content does."""
    names = [found.name for wanted in _STABLE for found in columns if found.declared == wanted]
    telling = {found.name for found in columns if found.declared in _STABLE[:2]}  # a day or an owner is nobody's id
    for size in range(1, len(names) + 1):
        for chosen in combinations(names, size):
            if telling & {*chosen} and _is_key(sample, [sample.columns.index(name) for name in chosen]):
                return chosen
    return ()


def _is_key(sample: Sample, positions: Sequence[int]) -> bool:
    """Whether (nearly) every row has a value there, and no two different rows the same."""
    rows = {tuple(row) for row in sample.values}
    keys = [tuple(row[position].strip() for position in positions) for row in rows]
    filled = [key for key in keys if any(key)]
    return len(filled) >= ENOUGH * len(keys) and len(set(filled)) == len(filled)
