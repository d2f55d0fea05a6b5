"""A file as a loading tool landed it -> the columns that its source has: what `lib.contracts.loaders` knows, as SQL.

Records packed into a JSON column are unpacked, columns that were split by type are joined, and all that says a row is
deleted becomes one flag. Contracts then match names as if the source had written the file itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import duckdb

from dagster_project.lib.contracts import Feed, SourceObject, normalize_name
from dagster_project.lib.contracts.loaders import (
    CONTAINERS,
    DELETION_FLAGS,
    DELETION_TIMES,
    RECORD_PARTS,
    TYPED_PART_MARK,
    TYPED_PARTS,
    VARIANT_MARK,
    VARIANTS,
    WRAPPED_PREFIX,
)
from dagster_project.lib.ingest import sql
from dagster_project.lib.ingest.readers import Relation

_FALSE = "('false', 'f', '0', 'no')"


def plain_relation(
    con: duckdb.DuckDBPyConnection, relation: Relation, target: SourceObject, feed: Feed
) -> tuple[Relation, tuple[str, ...]]:
    """The relation with the source's own columns, and what the ledger calls the file's columns.

    Those are the file's own names and, as `properties.amount`, the names inside its JSON columns.
    """
    if feed.columns is not None:
        return relation, relation.columns
    unpacked, labels = relation, list(relation.columns)
    for container, prefix in _containers(target):
        before = len(unpacked.columns)
        unpacked = _unpacked(con, unpacked, container, prefix)
        labels += [f"{container}.{name}" for name in unpacked.columns[before:]]
    columns = plain_columns(target, unpacked.columns)
    names = tuple(name for name, _ in columns)
    if columns == [(name, f"c{i}") for i, name in enumerate(unpacked.columns)]:
        return unpacked, tuple(labels)
    values = ", ".join(f"{expression} as c{i}" for i, (_, expression) in enumerate(columns))
    return Relation(f"select r, l, raw, {values} from ({unpacked.sql})", names), tuple(labels)


def whole_record(con: duckdb.DuckDBPyConnection, relation: Relation) -> Relation:
    """The relation with the record's columns, where a tool packed them all into one."""
    for container, prefix in CONTAINERS:
        relation = _unpacked(con, relation, container, prefix)
    return relation


def has_container(target: SourceObject, names: Iterable[str]) -> bool:
    """Whether some columns of the record stand inside a JSON column, so that the header doesn't tell them."""
    return any(name in {container for container, _ in _containers(target)} for name in names)


def _containers(target: SourceObject) -> list[tuple[str, str]]:
    return [*CONTAINERS, *((name, f"{name}_") for name in target.unpacked)]


def own_columns(labels: Sequence[str]) -> tuple[str, ...]:
    """The columns that the file itself has, of those that the ledger lists."""
    return tuple(label for label in labels if _container_of(label, labels) is None)


def plain_names(labels: Sequence[str]) -> set[str]:
    """The names that the ledger's columns had for their contract."""
    return {label.removeprefix(f"{_container_of(label, labels)}.") for label in labels}


def _container_of(label: str, labels: Sequence[str]) -> str | None:
    names = (*(name for name, _ in CONTAINERS), *RECORD_PARTS)
    return next((name for name in names if label.startswith(f"{name}.") and name in labels), None)


def _unpacked(con: duckdb.DuckDBPyConnection, relation: Relation, container: str, prefix: str) -> Relation:
    """The relation with a column more per key of the JSON objects in one column; other values stay where they are."""
    if container not in relation.columns:
        return relation
    place = relation.columns.index(container)
    text = f"c{place}"
    keys = f"json_keys({text})"
    record = (
        f"case when json_valid({text}) then case when json_type({text}) = 'OBJECT' "
        f"then case when len({keys}) = len(list_distinct({keys})) then {text}::json end end end"
    )
    rows = con.execute(
        f"select distinct unnest(json_keys(o)) as name from (select {record} as o from ({relation.sql})) order by name"
    ).fetchall()
    known = {normalize_name(name) for name in relation.columns}
    found = [str(name) for (name,) in rows if normalize_name(f"{prefix}{name}") not in known]
    pointers = sql.texts("/" + name.replace("~", "~0").replace("/", "~1") for name in found) if found else "['']"
    width = len(relation.columns)
    kept = [f"case when o is null then {text} end as {text}" if i == place else f"c{i}" for i in range(width)]
    added = [f"v[{i + 1}] as c{width + i}" for i in range(len(found))]
    return Relation(
        f"""
        select r, l, raw, {", ".join([*kept, *added])}
        from (
            select *, json_extract_string(o, {pointers}) as v
            from (select *, {record} as o from ({relation.sql}))
        )
        """,
        (*relation.columns, *(f"{prefix}{name}" for name in found)),
    )


def plain_columns(target: SourceObject, names: Sequence[str]) -> list[tuple[str, str]]:
    """(name, SQL over c0, c1, …) of the columns after joining: see the module's docstring."""
    joined: dict[int, tuple[str, str]] = {}
    gone = _told_twice(target, names)
    groups = [*_wrapped(names), *_typed_parts(target, names), *_deletions(target, names)]
    for name, places, expression in groups:
        joined[places[0]] = (name, expression)
        gone.update(places[1:])
    return [joined.get(i, (name, f"c{i}")) for i, name in enumerate(names) if i not in gone]


def _told_twice(target: SourceObject, names: Sequence[str]) -> set[int]:
    """Columns of a part of the record that stand beside it as well: Stitch's `engagement__id` and `engagement_id`."""
    normal = [normalize_name(name) for name in names]
    parts = tuple(f"{part}__" for part in target.unpacked)
    return {i for i, name in enumerate(names) if parts and name.startswith(parts) and normal.count(normal[i]) > 1}


def _wrapped(names: Sequence[str]) -> list[tuple[str, list[int], str]]:
    """Properties that are objects: only the value is the property's."""
    if not _is_marked(names, TYPED_PART_MARK):
        return []
    wrapped = "case when json_type({0}, '$.value') is not null then json_extract_string({0}, '$.value') else {0} end"
    return [
        (name, [i], f"case when json_valid(c{i}) then {wrapped.format(f'c{i}')} else c{i} end")
        for i, name in enumerate(names)
        if name.lower().startswith(WRAPPED_PREFIX) and "__" not in name
    ]


def _is_marked(names: Sequence[str], mark: str) -> bool:
    return any(name.lower().startswith(mark) for name in names)


def _typed_parts(target: SourceObject, names: Sequence[str]) -> list[tuple[str, list[int], str]]:
    """Columns of one declared column that were split by the type of its values."""
    if not _is_marked(names, TYPED_PART_MARK) and not _is_marked(names, VARIANT_MARK):
        return []
    found: list[tuple[str, list[int], str]] = []
    for column in target.columns:
        wanted = {normalize_name(name) for name in (column.name, *column.accept)}
        parts = [i for i, name in enumerate(names) if _untyped(name) in wanted]
        whole = [i for i, name in enumerate(names) if normalize_name(name) in wanted and i not in parts]
        if parts and len(whole) <= 1:
            places = [*whole, *parts]
            values = ", ".join(f"nullif(c{i}, '')" for i in places)
            found.append((column.name, places, f"coalesce({values})"))
    return found


def _untyped(name: str) -> str | None:
    base, mark, suffix = name.lower().rpartition("__")
    return normalize_name(base) if mark and suffix in TYPED_PARTS | VARIANTS else None


def _deletions(target: SourceObject, names: Sequence[str]) -> list[tuple[str, list[int], str]]:
    """All that tells a deletion: the source's flag under any of its names, and what loading tools add."""
    column = target.column(target.deleted) if target.deleted else None
    if column is None:
        return []
    flags = {normalize_name(name) for name in (column.name, *column.accept, *DELETION_FLAGS)}
    times = {normalize_name(name) for name in DELETION_TIMES}
    normal = [normalize_name(name) for name in names]
    places = [i for i, name in enumerate(normal) if name in flags] + [i for i, n in enumerate(normal) if n in times]
    if not places or max(Counter(normal[i] for i in places).values()) > 1:
        return []
    values = [
        f"case when nullif(c{i}, '') is not null then 'true' end" if normal[i] in times else f"nullif(c{i}, '')"
        for i in places
    ]
    first = [f"case when lower(trim({value})) not in {_FALSE} then {value} end" for value in values]
    return [(column.name, places, f"coalesce({', '.join([*first, *values] if len(values) > 1 else values)})")]
