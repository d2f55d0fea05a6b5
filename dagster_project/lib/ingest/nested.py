"""Lists inside records as rows of their own: stages of a pipeline, contacts of a deal, versions of a property.

A contract declares them (`unnest`). The file stays one of the object whose records it holds, and stands in the ledger
once per object: there with its records as rows, here with the entries of their lists. A file without such a list says
nothing of the object, so it doesn't stand here. What makes the file or one of its records unreadable is told there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from dagster_project.lib.contracts import Feed, normalize_name
from dagster_project.lib.contracts.loaders import CONTAINERS
from dagster_project.lib.contracts.model import Nesting
from dagster_project.lib.ingest import sql
from dagster_project.lib.ingest.content import FileRefusedError
from dagster_project.lib.ingest.layouts import whole_record
from dagster_project.lib.ingest.matching import find_column
from dagster_project.lib.ingest.readers import Relation

SCALAR = "value"
"""The column of an entry that is no object."""


class NothingNestedError(Exception):
    """The file has no list for the object: none of its columns holds one."""


class NestedRefusedError(FileRefusedError):
    """The file's lists can't be read as rows of the object."""


@dataclass(frozen=True)
class _Carried:
    """A column that every entry takes over from its record: under which name, and where it stands there."""

    name: str
    position: int


def entries_relation(con: duckdb.DuckDBPyConnection, relation: Relation, feed: Feed) -> Relation | None:
    """The entries of the file's lists as a relation of their own, in the file's order; None: all lists are empty.

    Its columns are those that entries take over from their record, then the keys of the entries. The text of an entry
    is a JSON object of all of them. Raises NothingNestedError.
    """
    assert feed.nesting is not None
    require_list(feed.nesting, relation.columns)
    record = whole_record(con, relation)
    require_list(feed.nesting, record.columns)
    carried = _carried(feed, record.columns)
    places = "".join(f", c{column.position} as p{i}" for i, column in enumerate(carried))
    names = "".join(f", p{i}" for i in range(len(carried)))
    entries = f"""
        select l{names}, e
        from (
            select l{places}, unnest({_list(feed.nesting, record.columns)}) as e
            from ({record.sql})
        )
        where json_type(e) <> 'NULL'
    """
    kinds = con.execute(f"select distinct json_type(e), json_keys(e) from ({entries})").fetchall()
    if not kinds:
        return None
    taken = {normalize_name(column.name) for column in carried}
    keys = sorted(
        {key for kind, found in kinds if kind == "OBJECT" for key in found if normalize_name(key) not in taken}
    )
    values = [(column.name, f"p{i}") for i, column in enumerate(carried)]
    pointers = sql.texts("/" + key.replace("~", "~0").replace("/", "~1") for key in keys) if keys else "['']"
    values += [(key, f"v[{i + 1}]") for i, key in enumerate(keys)]
    if any(kind != "OBJECT" for kind, _ in kinds) and SCALAR not in keys:
        values.append((SCALAR, "case when json_type(e) <> 'OBJECT' then json_extract_string(e, '$') end"))
    columns = ", ".join(f"{expression} as c{i}" for i, (_, expression) in enumerate(values))
    text = ", ".join(f"{sql.text(name)}, {expression}" for name, expression in values)
    return Relation(
        f"""
        select null::bigint as r, l, json_object({text})::varchar as raw, {columns}
        from (select *, json_extract_string(e, {pointers}) as v from ({entries}))
        """,
        tuple(name for name, _ in values),
    )


def require_list(nesting: Nesting, names: Sequence[str]) -> None:
    """Raise NothingNestedError where a file's own columns show that it holds no list."""
    is_packed = any(name in names for name, prefix in CONTAINERS if not prefix)
    if not is_packed and not has_list(nesting, names):
        raise NothingNestedError


def has_list(nesting: Nesting, names: Sequence[str]) -> bool:
    """Whether a record of these columns may hold a list."""
    return any(True for _ in _heads(nesting, names))


def _heads(nesting: Nesting, names: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(position, keys below it) of every list that the file may hold."""
    for head, *rest in nesting.lists:
        position = find_column(head, names)
        if position is not None:
            yield position, tuple(rest)


def _list(nesting: Nesting, names: Sequence[str]) -> str:
    """SQL of a record's list, as a list of JSON values."""
    found = []
    for position, keys in _heads(nesting, names):
        path = "".join(f".{sql.name(key)}" for key in keys)
        text = f"c{position}"
        kind, entries = sql.text(f"${path}"), sql.text(f"${path}[*]")
        found.append(
            f"case when json_valid({text}) then case when json_type({text}, {kind}) = 'ARRAY' "
            f"then json_extract({text}, {entries}) end end"
        )
    return f"coalesce({', '.join([*found, '[]::json[]'])})"


def _carried(feed: Feed, names: Sequence[str]) -> list[_Carried]:
    """The columns that say whose list it is, and those that say when the record was taken."""
    assert feed.nesting is not None
    found: list[_Carried] = []
    for column, accepted in feed.nesting.columns:
        positions = (position for name in accepted if (position := find_column(name, names)) is not None)
        position = next(positions, None)
        if position is None:
            raise NothingNestedError
        found.append(_Carried(column, position))
    wanted = [*(rule.value for rule in feed.extract_time if rule.kind == "column"), *feed.meta_columns]
    for name in dict.fromkeys(wanted):
        position = find_column(name, names)
        if position is not None:
            found.append(_Carried(names[position], position))
    return found
