"""How values are written, as a mapping says it: formats of dates, numbers, time zone, delimited text, footers.

A mapping may say it for all of its files and again for some; `Writing` is one such saying. What is said nearer to the
file counts, and what a user's file says counts before what it extends.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from dagster_project.lib.contracts.model import Column, CsvOptions, Numbers
from dagster_project.lib.contracts.yaml_text import Node

WRITING_KEYS = {"formats", "numbers", "timezone", "csv", "footer"}
MOMENTS = ("date", "timestamp")
"""Types that formats are for; as keys of `formats` they stand for every column of the type."""
KEYWORDS = ("iso", "epoch_s", "epoch_ms")
"""Formats that aren't strptime's: ISO 8601, seconds and milliseconds since 1970."""

_FACTOR = re.compile(r"\d{1,13}(\.\d{1,6})?")
_STRPTIME = "Write it as strptime does, such as %d/%m/%Y, or iso, epoch_s, epoch_ms."


@dataclass(frozen=True)
class Writing:
    """What one level of a mapping says; `formats` by declared column or type, `csv` by option."""

    formats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Numbers | None = None
    timezone: str | None = None
    csv: Mapping[str, Any] = field(default_factory=dict)
    footer: tuple[str, ...] | None = None


def parse_writing(keys: Mapping[str, Node], refuse_column: Callable[[str, Node], None]) -> Writing:
    """What the entries of a mapping or of one of its feeds say. `refuse_column` raises for a key of `formats` that is
    no column which could have one. Raises ContractError."""
    return Writing(
        formats=_formats(keys["formats"], refuse_column) if "formats" in keys else {},
        numbers=_numbers(keys["numbers"]) if "numbers" in keys else None,
        timezone=_timezone(keys["timezone"]) if "timezone" in keys else None,
        csv=_csv(keys["csv"]) if "csv" in keys else {},
        footer=tuple(_pattern(entry) for entry in entries(keys["footer"])) if "footer" in keys else None,
    )


def entries(node: Node) -> list[Node]:
    """The items of a list, or one value standing for a list of one."""
    return [node] if isinstance(node.value, str) else node.items()


def as_feed(levels: Sequence[Writing], columns: Sequence[Column]) -> dict[str, Any]:
    """The fields of a Feed that levels of saying decide, the first level before the others."""
    formats = [(column.name, found) for column in columns if (found := _format_of(column, levels))]
    given: dict[str, Any] = {}
    for level in reversed(levels):
        given |= level.csv
    return {
        "formats": tuple(formats),
        "time_formats": next((found for level in levels if (found := level.formats.get("timestamp"))), ()),
        "numbers": next((level.numbers for level in levels if level.numbers), None),
        "timezone": next((level.timezone for level in levels if level.timezone), None),
        "csv": CsvOptions(**given),
        "footer": next((level.footer for level in levels if level.footer is not None), ()),
    }


def _format_of(column: Column, levels: Sequence[Writing]) -> tuple[str, ...]:
    if column.type not in MOMENTS:
        return ()
    for level in levels:
        if found := level.formats.get(column.name) or level.formats.get(column.type):
            return found
    return ()


def _formats(node: Node, refuse_column: Callable[[str, Node], None]) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, entry in node.mapping().items():
        if name not in MOMENTS:
            refuse_column(name, entry)
        for pattern in entry.texts():
            _refuse_format(entry, pattern)
        found[name] = entry.texts()
    return found


def _refuse_format(node: Node, pattern: str) -> None:
    if pattern in KEYWORDS:
        return
    if "%" not in pattern:
        raise node.error(f"{pattern!r} would match that very text only.", _STRPTIME)
    _ask_engine(node, "select try_strptime('', ?)", pattern, "DuckDB doesn't know this format", _STRPTIME)


def _numbers(node: Node) -> Numbers:
    keys = node.mapping({"decimal", "group", "currency", "suffixes"})
    decimal = _mark(keys["decimal"]) if "decimal" in keys else "."
    group = tuple(_mark(entry) for entry in entries(keys["group"])) if "group" in keys else ()
    if decimal in group:
        raise keys["group"].error("this is the decimal mark as well.", "Give the two different characters.")
    suffixes = keys["suffixes"].mapping() if "suffixes" in keys else {}
    for suffix, entry in suffixes.items():
        if not suffix.strip() or any(character.isdigit() for character in suffix):
            raise entry.error(f"{suffix!r} can't follow a number.", "Write what stands behind it, such as K.")
        if not _FACTOR.fullmatch(entry.text()) or not float(entry.text()):
            raise entry.error("this is not a number to multiply by.", "Write digits, such as 1000.")
    return Numbers(
        decimal=decimal,
        group=group,
        currency="currency" in keys and keys["currency"].flag(),
        suffixes=tuple((suffix.strip(), entry.text()) for suffix, entry in suffixes.items()),
    )


def _mark(node: Node) -> str:
    text = node.text()
    if len(text) != 1 or text.isalnum() or text in "+-()\r\n\\":
        raise node.error("this is not a mark within a number.", 'Write one character, such as "," or " ".')
    return text


def _timezone(node: Node) -> str:
    advice = "Use an IANA name like Europe/Amsterdam."
    try:
        name = ZoneInfo(node.text()).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise node.error("this time zone is not known.", advice) from error
    query = "select timezone(?, timestamp '2026-01-01 00:00:00')"
    _ask_engine(node, query, name, "DuckDB doesn't know this time zone", advice)
    return name


def _csv(node: Node) -> dict[str, Any]:
    keys = node.mapping({"delimiter", "quote", "header", "encoding", "skip"})
    for name in ("delimiter", "quote"):
        if name in keys and (
            len(keys[name].text()) != 1 or not keys[name].text().isascii() or keys[name].text() in "\r\n"
        ):
            raise keys[name].error("this is not a single ASCII character.", 'Write one, a tab as "\\t".')
    if "delimiter" in keys and keys["delimiter"].text() == (keys["quote"].text() if "quote" in keys else '"'):
        raise keys["delimiter"].error("this is the quote as well.", "Give the two different characters.")
    found: dict[str, Any] = {name: keys[name].text() for name in ("delimiter", "quote") if name in keys}
    if "header" in keys:
        found["header"] = keys["header"].texts()
        if len(set(found["header"])) != len(found["header"]):
            raise keys["header"].error("a name occurs twice.", "Give every column of the file its own name.")
    if "skip" in keys:
        found["skip"] = keys["skip"].count()
    if "encoding" in keys:
        found["encoding"] = _encoding(keys["encoding"])
    return found


def _encoding(node: Node) -> str:
    advice = "Use a name like cp1252, iso-8859-1, utf-8 or utf-16."
    try:
        name = codecs.lookup(node.text()).name
        codecs.getincrementaldecoder(name)().decode("a".encode(name))
    except (LookupError, UnicodeError, ValueError) as error:
        raise node.error("this encoding is not known.", advice) from error
    return name


def _pattern(node: Node) -> str:
    advice = "Correct the pattern; `Total.*` matches what begins with Total."
    try:
        re.compile(node.text())
    except re.error as error:
        raise node.error(f"this is not a regular expression ({error}).", advice) from error
    _ask_engine(node, "select regexp_full_match('', ?, 'i')", node.text(), "DuckDB doesn't know this pattern", advice)
    return node.text()


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
