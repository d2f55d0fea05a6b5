"""File columns -> declared columns: by exact name, then without case and underscores, then by accepted names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from dagster_project.lib.contracts import Feed, SourceObject, normalize_name
from dagster_project.lib.contracts.loaders import HISTORY, is_bookkeeping
from dagster_project.lib.ingest.content import FileRefusedError
from dagster_project.lib.ingest.numbers import NUMBER_TYPES, currency_column
from dagster_project.lib.privacy import shown_name

_SHOWN_NAMES = 50


class MissingColumnError(FileRefusedError):
    """A file lacks a column that it must have."""


@dataclass(frozen=True)
class ColumnPlan:
    """Which file column (by position) fills what.

    `declared`: declared column -> position. `extract`: position per extract-time rule of kind column that the file
    has. `where`: position per condition. `custom`: (exact name, position) of undeclared columns, by name. `missing`:
    declared columns that nothing fills. `history`: positions of the columns of Fivetran's history mode, or nothing.
    `others`: further positions of a declared column, of which the first that has a value counts. `key`: positions that
    make an id, or nothing. `width`: how many columns the file has.
    """

    declared: dict[str, int]
    extract: dict[str, int]
    where: tuple[int, ...]
    custom: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]
    history: tuple[int, ...] = ()
    others: dict[str, tuple[int, ...]] = field(default_factory=dict)
    key: tuple[int, ...] = ()
    width: int = 0

    @property
    def undeclared(self) -> tuple[str, ...]:
        """Exact names of the undeclared columns."""
        return tuple(name for name, _ in self.custom)


def match_columns(target: SourceObject, feed: Feed, names: Sequence[str], *, is_inline: bool = False) -> ColumnPlan:
    """Match the columns of one file. Raises FileRefusedError where a required one is missing or two match one."""
    others: dict[str, tuple[int, ...]] = {}
    if is_inline:
        declared = {name: position for position, name in enumerate(names)}
    elif feed.columns is None:
        declared = _by_contract(target, names)
    else:
        found = _by_mapping(feed.columns, names)
        declared = {name: positions[0] for name, positions in found.items()}
        others = {name: positions[1:] for name, positions in found.items() if len(positions) > 1}
    filled = set(declared) | _made(target, feed, declared)
    missing = tuple(column.name for column in target.columns if column.name not in filled)
    known = _known_names(target, feed)
    if not is_inline:
        _refuse_missing(target, feed, missing, names, known)
    extract = _extract_columns(feed, names)
    where = tuple(_needed(condition.column, names, "a condition of the mapping", known) for condition in feed.where)
    key = _key_columns(target, feed, names, known, (*declared.values(), *chain(*others.values())))
    used = {*declared.values(), *chain(*others.values()), *extract.values()}
    custom = tuple(sorted((n, p) for p, n in enumerate(names) if p not in used and not _is_meta(feed, n)))
    history = tuple(position for name in HISTORY if (position := find_column(name, names)) is not None)
    is_history = feed.columns is None and len(history) == len(HISTORY)
    return ColumnPlan(declared, extract, where, custom, missing, history if is_history else (), others, key, len(names))


def _made(target: SourceObject, feed: Feed, declared: Iterable[str]) -> set[str]:
    """Declared columns that no column of the file is, but something else fills."""
    made = {name for name, _ in feed.constants} | {*(target.key[:1] if feed.key is not None else ())}
    column = currency_column(target, feed.numbers)
    numbers = {column.name for column in target.columns if column.type in NUMBER_TYPES}
    return made | ({column} if column is not None and numbers & set(declared) else set())


def _key_columns(
    target: SourceObject, feed: Feed, names: Sequence[str], known: set[str], mapped: Iterable[int]
) -> tuple[int, ...]:
    """What makes the id: the columns that the mapping names, in its order, else all that it maps, by name."""
    if feed.key is None:
        return ()
    if not feed.key:
        return tuple(sorted(set(mapped), key=lambda position: names[position]))
    return tuple(_needed(name, names, f"the key of {target.name}", known) for name in feed.key)


def _is_meta(feed: Feed, name: str) -> bool:
    """Whether a column says how the row came here and nothing about its record."""
    is_declared = normalize_name(name) in {normalize_name(other) for other in feed.meta_columns}
    return is_declared or (feed.columns is None and is_bookkeeping(name))


def _by_contract(target: SourceObject, names: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column in target.columns:
        position = find_column(column.name, names)
        if position is None:
            position = _find_accepted(column.name, column.accept, names)
        if position is not None:
            found[column.name] = position
    return found


def _by_mapping(columns: tuple[tuple[str, str], ...], names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for declared, name in columns:
        position = find_column(name, names)
        if position is not None and position not in found.get(declared, ()):
            found[declared] = (*found.get(declared, ()), position)
    return found


def find_column(wanted: str, names: Sequence[str]) -> int | None:
    """The position of the one column of that name. Raises FileRefusedError where two have it."""
    normal = normalize_name(wanted)
    positions = [position for position, name in enumerate(names) if normalize_name(_base(name)) == normal]
    if len(positions) > 1:
        shown = ", ".join(repr(names[position]) for position in positions)
        raise FileRefusedError(f"{len(positions)} columns of the file are {wanted!r}: {shown}. Keep one of them.")
    return positions[0] if positions else None


def _find_accepted(wanted: str, accept: tuple[str, ...], names: Sequence[str]) -> int | None:
    found = {name: position for name in accept if (position := find_column(name, names)) is not None}
    positions = set(found.values())
    if len(positions) > 1:
        shown = ", ".join(repr(names[position]) for position in sorted(positions))
        raise FileRefusedError(
            f"{len(positions)} columns of the file are accepted as {wanted!r}: {shown}. Keep one of them."
        )
    return positions.pop() if positions else None


def _base(name: str) -> str:
    """A repeated header name without the number that tells it from the first."""
    head, mark, tail = name.rpartition(" (")
    return head if mark and tail.endswith(")") and tail[:-1].isdecimal() else name


def _refuse_missing(
    target: SourceObject, feed: Feed, missing: tuple[str, ...], names: Sequence[str], known: set[str]
) -> None:
    for name in missing:
        column = target.column(name)
        if column is None or not (column.required or column.in_file):
            continue
        mapped = tuple(file_column for declared, file_column in feed.columns or () if declared == name)
        accept = column.accept if feed.columns is None else mapped[1:]
        wanted = mapped[0] if mapped else name
        _needed(wanted, names, f"the required column {name!r} of {target.name}", known, accept)


def _extract_columns(feed: Feed, names: Sequence[str]) -> dict[str, int]:
    rules = [rule.value for rule in feed.extract_time if rule.kind == "column"]
    found = {name: find_column(name, names) for name in rules}
    return {name: position for name, position in found.items() if position is not None}


def _needed(wanted: str, names: Sequence[str], purpose: str, known: set[str], accept: tuple[str, ...] = ()) -> int:
    position = find_column(wanted, names)
    if position is None:
        other = f" (or {', '.join(accept)})" if accept else ""
        raise MissingColumnError(
            f"the column {wanted!r}{other} is missing, needed for {purpose}. {_found(known, names)}"
        )
    return position


def _known_names(target: SourceObject, feed: Feed) -> set[str]:
    """Names, normalized, that contract and mapping expect of a file."""
    declared = [name for column in target.columns for name in (column.name, *column.accept)]
    mapped = [name for _, name in feed.columns or ()]
    rules = [rule.value for rule in feed.extract_time if rule.kind == "column"]
    conditions = [condition.column for condition in feed.where]
    expected = (*declared, *mapped, *rules, *conditions, *(feed.key or ()), *feed.meta_columns)
    return {normalize_name(name) for name in expected}


def _found(known: set[str], names: Sequence[str]) -> str:
    """What the file has instead. Where no name is familiar it may be a row of data: only its width is told."""
    if not any(normalize_name(name) in known for name in names):
        return f"Of the file's columns ({len(names)}) none has a known name: does it begin with a header line?"
    shown = [repr(name)[1:-1] if not name.isprintable() else shown_name(name) for name in names[:_SHOWN_NAMES]]
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return f"The file has: {', '.join(shown)}{more}."
