"""What a date or timestamp column can't say of its value, and instants that are none. SQL expressions.

A timestamp that was told as a day is the day's midnight in raw, a date that was told as an instant the instant's day in
UTC. Which local day or instant that is depends on the reporting zone, so raw keeps in `_times` what was told, and
staging decides (`dbt/macros/times.sql`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from dagster_project.lib.contracts import Column, SourceObject
from dagster_project.lib.ingest import casting, sql

VERSION = "_version_at"
LEEWAY = "1 day"
"""How far clocks and zones of a source may be ahead of its extract."""


def told(columns: Iterable[tuple[Column, str, tuple[str, ...]]], timezone: str | None, target: SourceObject) -> str:
    """The JSON object of (column, SQL of its text, formats): `day`, or the instant of a date; null where there is none.

    What is told of the version column holds for `_version_at` too.
    """
    parts = []
    for column, text, formats in columns:
        if column.type == "timestamp":
            names = [column.name, *([VERSION] if column.name == target.version else [])]
            entry = ",".join(f'"{name}":"day"' for name in names)
            junk = f" and not {is_none(sql.name(column.name), target.earliest_date)}" if column.system else ""
            parts.append(f"case when {casting.is_day(text, formats)}{junk} then {sql.text(entry)} end")
        elif column.type == "date":
            instant = casting.instant_of_date(text, formats, timezone, is_instant=column.instant)
            head = sql.text(f'"{column.name}":"')
            parts.append(f"{head} || ({instant})::varchar || '\"'")
    if not parts:
        return "null::varchar"
    return f"nullif('{{' || concat_ws(',', {', '.join(parts)}) || '}}', '{{}}')"


def is_none(value: str, earliest: date) -> str:
    """True where a system instant lies before the source began or after the extract that tells it."""
    return f"coalesce({value} < {_start(earliest)} or {value} > _extracted_at + interval {LEEWAY}, false)"


def is_too_early(value: str, earliest: date) -> str:
    """True where an instant lies before the source began."""
    return f"coalesce({value} < {_start(earliest)}, false)"


def reason(earliest: date) -> str:
    """Why such an instant is none."""
    return f"an instant before {earliest} or more than {LEEWAY} after its extract is no date"


def _start(earliest: date) -> str:
    return f"timestamp '{earliest} 00:00:00'"
