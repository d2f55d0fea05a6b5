"""The `kinds` key of contracts: what columns of a name hold beyond their type, in whatever object they stand.

A source calls one thing by one name everywhere, so it is said once and not per object.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import cast

from dagster_project.lib.contracts.model import Column, ColumnType, SourceObject
from dagster_project.lib.contracts.yaml_text import Node

_TYPES = {"salesforce_id": "text", "id": "text", "free_text": "text", "system": "timestamp", "instant": "date"}
"""Kind -> type of the columns that can be of it. The first kind whose patterns match a column is its kind."""


def with_kinds(node: Node, objects: tuple[SourceObject, ...]) -> tuple[SourceObject, ...]:
    """The objects with the kind of each column. Raises ContractError, also for a pattern that matches no column."""
    kinds = {kind: entry.items() for kind, entry in node.mapping(tuple(_TYPES)).items()}
    columns = [(entry, column) for entry in objects for column in entry.columns]
    for kind, patterns in kinds.items():
        for pattern in patterns:
            if not any(_is_of(entry, column, kind, pattern.text()) for entry, column in columns):
                raise pattern.error(
                    f"no {_TYPES[kind]} column of the contract has such a name.", "Correct the name or leave it out."
                )
    found = [(kind, pattern.text()) for kind in _TYPES for pattern in kinds.get(kind, ())]
    return tuple(_with_columns(entry, found) for entry in objects)


def _with_columns(entry: SourceObject, kinds: list[tuple[str, str]]) -> SourceObject:
    return replace(entry, columns=tuple(_of_kind(entry, column, kinds) for column in entry.columns))


def _is_of(entry: SourceObject, column: Column, kind: str, pattern: str) -> bool:
    """Whether a pattern, which may name the object before a point, matches a column that can be of the kind."""
    name = f"{entry.name}.{column.name}" if "." in pattern else column.name
    return column.type == _TYPES[kind] and fnmatchcase(name, pattern)


def _of_kind(entry: SourceObject, column: Column, kinds: list[tuple[str, str]]) -> Column:
    kind = next((kind for kind, pattern in kinds if _is_of(entry, column, kind, pattern)), None)
    if kind is None:
        return column
    if kind in ("id", "salesforce_id"):
        return replace(column, type=cast(ColumnType, kind))
    return replace(column, **{kind: True})
