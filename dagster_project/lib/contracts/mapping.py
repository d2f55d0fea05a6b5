"""Mappings: a user's YAML that loads an export of any CRM into the objects of a shipped contract.

A mapping filters rows, renames columns, sets constants and translates values; it never joins or computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from dagster_project.lib.contracts.contract import relative_glob
from dagster_project.lib.contracts.extract_time import parse_extract_time
from dagster_project.lib.contracts.lift import identifier, parse_lifts
from dagster_project.lib.contracts.model import (
    Condition,
    CsvOptions,
    ExtractRule,
    Feed,
    InlineRows,
    Source,
    SourceObject,
)
from dagster_project.lib.contracts.yaml_text import Node, read_yaml

_MAPPING_KEYS = {
    "source", "extends", "description", "owner", "freshness_days", "extract_time", "feeds", "rows", "lift",
}  # fmt: skip
_FEED_KEYS = {
    "file", "object", "extract", "csv", "where", "columns", "constants", "translate", "formats", "timezone",
    "undeclared",
}  # fmt: skip
_OPERATORS = ("equals", "in", "not_in", "not_null", "is_null")


def parse_mapping(path: Path, shown: str, contracts: Mapping[str, Source]) -> Source:
    """Read one mapping that extends one of `contracts`. Raises ContractError."""
    keys = read_yaml(path, shown).mapping(_MAPPING_KEYS, needed=("source", "extends"))
    name = identifier(keys["source"])
    if name in contracts:
        raise keys["source"].error("a shipped contract has this name.", "Name the mapping after the system it reads.")
    contract = contracts[keys["extends"].choice(tuple(contracts))]
    rules = parse_extract_time(keys["extract_time"]) if "extract_time" in keys else ()
    feeds = keys["feeds"].items() if "feeds" in keys else []
    rows = keys["rows"].mapping() if "rows" in keys else {}
    lifted = keys["lift"].mapping() if "lift" in keys else {}
    own_files = [node.value.get("object") for node in feeds if isinstance(node.value, dict)]
    lifts = [
        parse_lifts(
            node, _target(Node(node.file, node.path, object_name), contract), has_own_files=object_name in own_files
        )
        for object_name, node in lifted.items()
    ]
    return Source(
        name=name,
        description=keys["description"].text() if "description" in keys else name,
        owner=keys["owner"].text() if "owner" in keys else contract.owner,
        extends=contract.name,
        freshness_days=keys["freshness_days"].count() if "freshness_days" in keys else None,
        feeds=tuple(_feed(node, name, contract, rules) for node in feeds),
        rows=tuple(_inline(node, name, contract, rules, object_name) for object_name, node in rows.items()),
        lifts=tuple(lift for found in lifts for lift in found),
        path=shown,
    )


def _feed(node: Node, source: str, contract: Source, rules: tuple[ExtractRule, ...]) -> Feed:
    keys = node.mapping(_FEED_KEYS, needed=("file", "object", "columns"))
    target = _target(keys["object"], contract)
    columns = {name: entry.text() for name, entry in _by_column(keys["columns"], target).items()}
    constants = _by_column(keys["constants"], target) if "constants" in keys else {}
    for name, entry in constants.items():
        if name in columns:
            raise entry.error("the column is also mapped from the file.", "Keep one of the two.")
    for column in target.columns:
        if column.required and column.name not in columns and column.name not in constants:
            raise keys["columns"].error(
                f"the required column {column.name!r} of {target.name} is filled by nothing.",
                "Map it under `columns` or set it under `constants`.",
            )
    given = set(columns) | set(constants)
    return Feed(
        source=source,
        object_name=target.name,
        files=_files(keys["file"]),
        is_full_extract="extract" in keys and keys["extract"].choice(("partial", "full")) == "full",
        extract_time=rules or _mapped_extract_time(contract, columns),
        columns=tuple(columns.items()),
        constants=tuple((name, entry.text_or_null()) for name, entry in constants.items()),
        translate=_translate(keys["translate"], target, given) if "translate" in keys else (),
        formats=_formats(keys["formats"], target, given) if "formats" in keys else (),
        timezone=_timezone(keys["timezone"]) if "timezone" in keys else None,
        where=_where(keys["where"]) if "where" in keys else (),
        csv=_csv(keys["csv"]) if "csv" in keys else CsvOptions(),
        keeps_undeclared="undeclared" not in keys or keys["undeclared"].choice(("keep", "drop")) == "keep",
    )


def _target(node: Node, contract: Source) -> SourceObject:
    found = contract.object(node.text())
    if found is None:
        names = ", ".join(entry.name for entry in contract.objects)
        raise node.error(f"{contract.name} has no such object.", f"Its objects are: {names}.")
    return found


def _by_column(node: Node, target: SourceObject, known: set[str] | None = None) -> dict[str, Node]:
    entries = node.mapping()
    for name, entry in entries.items():
        if target.column(name) is None:
            names = ", ".join(column.name for column in target.columns)
            raise entry.error(f"{target.name} declares no column {name!r}.", f"Its columns are: {names}.")
        if known is not None and name not in known:
            raise entry.error("this feed doesn't fill the column.", "Map it under `columns` first.")
    return entries


def _mapped_extract_time(contract: Source, columns: Mapping[str, str]) -> tuple[ExtractRule, ...]:
    """A feed that maps the contract's own extract-time column declares its extract time by that."""
    rules = contract.objects[0].feed.extract_time if contract.objects else ()
    return tuple(
        ExtractRule("column", columns[rule.value]) for rule in rules if rule.kind == "column" and rule.value in columns
    )


def _files(node: Node) -> tuple[str, ...]:
    return (
        (relative_glob(node),) if isinstance(node.value, str) else tuple(relative_glob(entry) for entry in node.items())
    )


def _translate(
    node: Node, target: SourceObject, given: set[str]
) -> tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]:
    return tuple(
        (name, tuple((old, new.text_or_null()) for old, new in entry.mapping().items()))
        for name, entry in _by_column(node, target, given).items()
    )


def _formats(node: Node, target: SourceObject, given: set[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for name, entry in _by_column(node, target, given).items():
        column = target.column(name)
        if column is None or column.type not in ("date", "timestamp"):
            raise entry.error("formats are for dates and timestamps.", "Drop the entry.")
        for pattern in entry.texts():
            _ask_engine(
                entry, "select try_strptime('', ?)", pattern, "DuckDB doesn't know this format", "See strptime."
            )
        found.append((name, entry.texts()))
    return tuple(found)


def _ask_engine(node: Node, query: str, text: str, problem: str, advice: str) -> None:
    """Let DuckDB say now what it would say about every file."""
    complaint = _complaint(query, text)
    if complaint is not None:
        raise node.error(f"{problem}: {complaint}.", advice)


@cache
def _complaint(query: str, text: str) -> str | None:
    try:
        with duckdb.connect() as con:
            con.execute(query, [text]).fetchall()
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None


def _timezone(node: Node) -> str:
    advice = "Use an IANA name like Europe/Amsterdam."
    try:
        name = ZoneInfo(node.text()).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise node.error("this time zone is not known.", advice) from error
    query = "select timezone(?, timestamp '2026-01-01 00:00:00')"
    _ask_engine(node, query, name, "DuckDB doesn't know this time zone", advice)
    return name


def _where(node: Node) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    for column, entry in node.mapping().items():
        if isinstance(entry.value, str):
            operator = entry.choice(("not_null", "is_null"))
            conditions.append(Condition(column, cast(Literal["not_null", "is_null"], operator)))
            continue
        for operator, value in entry.mapping(_OPERATORS).items():
            if operator in ("not_null", "is_null"):
                if not value.flag():
                    raise value.error("only `true` makes sense here.", "Use the opposite operator.")
                conditions.append(Condition(column, cast(Literal["not_null", "is_null"], operator)))
            elif operator == "equals":
                conditions.append(Condition(column, "equals", (value.text(),)))
            else:
                conditions.append(Condition(column, cast(Literal["in", "not_in"], operator), value.texts()))
    return tuple(conditions)


def _csv(node: Node) -> CsvOptions:
    keys = node.mapping({"delimiter", "quote", "header"})
    for name in ("delimiter", "quote"):
        if name in keys and (
            len(keys[name].text()) != 1 or not keys[name].text().isascii() or keys[name].text() in "\r\n"
        ):
            raise keys[name].error("this is not a single ASCII character.", 'Write one, a tab as "\\t".')
    if "delimiter" in keys and keys["delimiter"].text() == (keys["quote"].text() if "quote" in keys else '"'):
        raise keys["delimiter"].error("this is the quote as well.", "Give the two different characters.")
    header = keys["header"].texts() if "header" in keys else None
    if header is not None and len(set(header)) != len(header):
        raise keys["header"].error("a name occurs twice.", "Give every column of the file its own name.")
    return CsvOptions(
        delimiter=keys["delimiter"].text() if "delimiter" in keys else None,
        quote=keys["quote"].text() if "quote" in keys else '"',
        header=header,
    )


def _inline(node: Node, source: str, contract: Source, rules: tuple[ExtractRule, ...], object_name: str) -> InlineRows:
    target = _target(Node(node.file, node.path, object_name), contract)
    rows = tuple(
        tuple((name, value.text_or_null()) for name, value in _by_column(row, target).items()) for row in node.items()
    )
    return InlineRows(
        source=source,
        object_name=target.name,
        label=f"mapping:{source}#{object_name}",
        extract_time=tuple(rule for rule in rules if rule.kind == "constant"),
        rows=rows,
    )
