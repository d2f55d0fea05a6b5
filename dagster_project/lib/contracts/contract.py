"""Shipped contracts: `<source>.yml` -> Source with its objects."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path, PurePosixPath
from typing import cast

from dagster_project.lib.contracts.extract_time import parse_extract_time
from dagster_project.lib.contracts.kinds import with_kinds
from dagster_project.lib.contracts.lift import identifier, parse_lifts
from dagster_project.lib.contracts.loaders import LOAD_TIMES, RECORD_PARTS
from dagster_project.lib.contracts.model import (
    COLUMN_TYPES,
    EARLIEST_DATE,
    Column,
    ColumnType,
    ExtractRule,
    Feed,
    Source,
    SourceObject,
    normalize_name,
)
from dagster_project.lib.contracts.nesting import with_nested
from dagster_project.lib.contracts.yaml_text import Node, read_yaml

_SOURCE_KEYS = {
    "source", "description", "owner", "landing", "extract_time", "freshness_days", "earliest_date", "meta_columns",
    "kinds", "objects",
}  # fmt: skip
_OBJECT_KEYS = {
    "table", "description", "files", "extract", "required", "key", "repeats", "version", "sequence", "deleted",
    "unpack", "unnest", "columns", "lift",
}  # fmt: skip


def parse_contract(path: Path, shown: str) -> Source:
    """Read one shipped contract. Raises ContractError."""
    keys = read_yaml(path, shown).mapping(_SOURCE_KEYS, needed=("source", "landing", "objects"))
    name = identifier(keys["source"])
    landing = relative_glob(keys["landing"])
    rules = (*(parse_extract_time(keys["extract_time"]) if "extract_time" in keys else ()), *LOAD_TIMES)
    meta = keys["meta_columns"].texts() if "meta_columns" in keys else ()
    earliest = _day(keys["earliest_date"]) if "earliest_date" in keys else EARLIEST_DATE
    objects = tuple(
        _object(node, source=name, name=object_name, landing=landing, rules=rules, meta=meta, earliest=earliest)
        for object_name, node in keys["objects"].mapping().items()
    )
    if "kinds" in keys:
        objects = with_kinds(keys["kinds"], objects)
    _refuse_shared_tables(keys["objects"], objects)
    objects = with_nested(keys["objects"], objects)
    described = [keys["objects"].child(entry.name) for entry in objects]
    lifts = [
        parse_lifts(node.child("lift"), entry)
        for node, entry in zip(described, objects, strict=True)
        if "lift" in node.value
    ]
    return Source(
        name=name,
        description=keys["description"].text() if "description" in keys else name,
        owner=keys["owner"].text() if "owner" in keys else "",
        objects=objects,
        freshness_days=keys["freshness_days"].count() if "freshness_days" in keys else None,
        lifts=tuple(lift for found in lifts for lift in found),
        path=shown,
        landing=landing,
    )


def relative_glob(node: Node) -> str:
    """A path or glob that stays below the landing folder."""
    text = node.text()
    if PurePosixPath(text).is_absolute() or ".." in PurePosixPath(text).parts or "\\" in text:
        raise node.error(
            "this leaves the landing folder.", "Write a path relative to the landing folder, without `..`."
        )
    try:
        next(Path(os.devnull).glob(text), None)
    except (ValueError, re.error) as error:
        raise node.error(f"this is not a usable pattern ({error}).", "Write `**` as a whole folder name.") from error
    return text


def _day(node: Node) -> date:
    try:
        return date.fromisoformat(str(node.value))
    except ValueError as error:
        raise node.error("this is not a date.", "Write it as YYYY-MM-DD.") from error


def _object(
    node: Node,
    *,
    source: str,
    name: str,
    landing: str,
    rules: tuple[ExtractRule, ...],
    meta: tuple[str, ...],
    earliest: date,
) -> SourceObject:
    keys = node.mapping(_OBJECT_KEYS, needed=("files", "key", "columns"))
    columns = tuple(_column(entry, column) for column, entry in keys["columns"].mapping().items())
    names = [column.name for column in columns]
    _refuse_collisions(keys["columns"], columns)
    key = tuple(_declared(entry, names) for entry in keys["key"].items())
    if not any(column.required for column in columns if column.name in key):
        raise keys["key"].error("no column of the key is required.", "Mark at least one as `required: true`.")
    feed = Feed(
        source=source,
        object_name=name,
        files=tuple(f"{landing}/{relative_glob(entry)}" for entry in keys["files"].items()),
        is_full_extract=("extract" in keys and keys["extract"].choice(("partial", "full")) == "full"),
        extract_time=rules,
        meta_columns=meta,
    )
    return SourceObject(
        source=source,
        name=name,
        table=identifier(keys["table"]) if "table" in keys else identifier(node.holding(name)),
        description=keys["description"].text() if "description" in keys else f"{name} of {source}.",
        columns=columns,
        key=key,
        feed=feed,
        version=_typed(keys["version"], columns, "timestamp") if "version" in keys else None,
        sequence=_declared(keys["sequence"], names) if "sequence" in keys else None,
        deleted=_typed(keys["deleted"], columns, "boolean") if "deleted" in keys else None,
        required="required" in keys and keys["required"].flag(),
        unpacked=_unpacked(keys["unpack"]) if "unpack" in keys else (),
        keeps_repeats="repeats" in keys and keys["repeats"].choice(("keep", "drop")) == "keep",
        earliest_date=earliest,
    )


def _unpacked(node: Node) -> tuple[str, ...]:
    return tuple(entry.choice(tuple(RECORD_PARTS)) for entry in node.items())


def _refuse_shared_tables(node: Node, objects: tuple[SourceObject, ...]) -> None:
    seen: dict[str, str] = {}
    for entry in objects:
        other = seen.setdefault(entry.table, entry.name)
        if other != entry.name:
            raise node.child(entry.name).error(f"{other} has the table {entry.table!r} already.", "Give it its own.")


def _column(node: Node, name: str) -> Column:
    keys = node.mapping({"type", "required", "in_file", "personal", "accept"}, needed=("type",))
    identifier(node.holding(name))
    if name.startswith("_"):
        raise node.error(
            "such names are ingest's own.", "Give it a name without leading underscore, and `accept` this one."
        )
    return Column(
        name=name,
        type=cast(ColumnType, keys["type"].choice(tuple(COLUMN_TYPES))),
        required="required" in keys and keys["required"].flag(),
        in_file="in_file" in keys and keys["in_file"].flag(),
        personal="personal" in keys and keys["personal"].flag(),
        accept=keys["accept"].texts() if "accept" in keys else (),
    )


def _refuse_collisions(node: Node, columns: tuple[Column, ...]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        other = seen.setdefault(normalize_name(column.name), column.name)
        if other != column.name:
            raise node.child(column.name).error(
                f"it can't be told from {other!r}.", "Give it a clearly different name."
            )


def _declared(node: Node, names: list[str]) -> str:
    text = node.text()
    if text not in names:
        raise node.error("this is not a declared column.", f"Declared are: {', '.join(names)}.")
    return text


def _typed(node: Node, columns: tuple[Column, ...], wanted: ColumnType) -> str:
    name = _declared(node, [column.name for column in columns])
    found = next(column.type for column in columns if column.name == name)
    if found != wanted:
        raise node.error(f"the column is {found}.", f"It must be {wanted}.")
    return name
