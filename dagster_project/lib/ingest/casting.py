"""Text -> declared type, as SQL expressions: null where the text can't be read as that type.

Every value of every format passes here as text, so the same data gives the same typed row however it was packed.
"""

from __future__ import annotations

import re

from dagster_project.lib.contracts import COLUMN_TYPES
from dagster_project.lib.ingest import sql, words

REASONS = {
    "integer": "not a whole number",
    "decimal": "not a decimal number",
    "double": "not a finite number",
    "boolean": "not a boolean (true, false, 1, 0, t, f, yes, no)",
    "date": "not a date (YYYY-MM-DD)",
    "timestamp": "not a timestamp (YYYY-MM-DD HH:MM:SS, with or without offset)",
}

_FIRST = "timestamp '0001-01-01 00:00:00'"
_LAST = "timestamp '9999-12-31 23:59:59.999999'"
_ISO = "'____-__-__%'"
_TO_THE_SECOND = r"'\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}'"
_EPOCHS = {"epoch_s": (11, 1_000_000), "epoch_ms": (14, 1_000)}
"""Digits before the point, and microseconds of one."""
_BLANKS = "\u00a0\u202f"
_LOCAL = r"'\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d*)?)?\s*'"
_DAY = r"'\d{4}-\d{2}-\d{2}\s*'"
_MIDNIGHT = r"'\d{4}-\d{2}-\d{2}[ T]00:00(:00(\.0*)?)?\s*(Z|UTC|[+-]00(:?00)?)?'"
_TIME_OF_DAY = re.compile(r"(?<!%)(?:%%)*%-?[HIMSfgncXs]")
"""A strptime directive that reads a time of day."""


def cast(expression: str, data_type: str, formats: tuple[str, ...] = (), timezone: str | None = None) -> str:
    """SQL that reads the text `expression` as `data_type`.

    `formats` replace ISO: strptime's, or iso, epoch_s, epoch_ms. `timezone` is that of timestamps without an offset
    (default UTC).
    """
    if data_type == "text":
        return expression
    if data_type == "id":
        return words.identifier(expression)
    if data_type == "salesforce_id":
        return words.salesforce_id(expression)
    if data_type in ("date", "timestamp") and formats:
        return _by_formats(expression, data_type, formats, timezone)
    if data_type == "integer":
        # The decimal beside it refuses what a cast to bigint would round, such as 12.7.
        return (
            f"case when try_cast({expression} as decimal(28,6)) = try_cast({expression} as bigint) "
            f"then try_cast({expression} as bigint) end"
        )
    if data_type == "double":
        return f"case when isfinite(try_cast({expression} as double)) then try_cast({expression} as double) end"
    if data_type == "boolean":
        return (
            f"case when lower(trim({expression})) in ('true', 't', '1', 'yes') then true "
            f"when lower(trim({expression})) in ('false', 'f', '0', 'no') then false end"
        )
    if data_type == "date":
        return _date(expression, timezone)
    if data_type == "timestamp":
        return _timestamp(expression, timezone)
    return f"try_cast({expression} as {COLUMN_TYPES[data_type]})"


def load_time(expression: str, timezone: str | None = None) -> str:
    """SQL of an instant as loading tools write it: a timestamp, or seconds or milliseconds since 1970."""
    seconds = f"make_timestamp((try_cast({expression} as decimal(28,6)) * 1000000)::bigint)"
    milliseconds = f"make_timestamp(try_cast({expression} as decimal(28,6))::bigint * 1000)"
    return (
        f"case when {expression} like {_ISO} then {_timestamp(expression, timezone)} "
        f"when regexp_full_match({expression}, '\\d{{10}}(\\.\\d{{1,9}})?') then {seconds} "
        f"when regexp_full_match({expression}, '\\d{{12,13}}(\\.0+)?') then {milliseconds} end"
    )


def is_day(expression: str, formats: tuple[str, ...] = ()) -> str:
    """SQL that is true where the text of a timestamp names a day and no time of it."""
    if not formats:
        return f"length({expression}) < 14 and regexp_full_match({expression}, {_DAY})"
    found = [
        f"case when {_by_format(expression, 'timestamp', pattern, None)} is not null "
        f"then {is_day(expression) if pattern == 'iso' else sql.flag(_has_no_time(pattern))} end"
        for pattern in formats
    ]
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def instant_of_date(expression: str, formats: tuple[str, ...], timezone: str | None, *, is_instant: bool) -> str:
    """SQL of the instant (UTC) that the text of a date column names; null where it names a day.

    Tools write a day as its midnight, so that is a day too, unless the source keeps the date as an instant.
    """
    if formats:
        found = [_instant_by_format(expression, pattern, timezone, is_instant) for pattern in formats]
        return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"
    at = _timestamp(expression, timezone)
    named = "" if is_instant else f" and not regexp_full_match({expression}, {_MIDNIGHT})"
    is_time = f"length({expression}) > 10 and not regexp_full_match({expression}, {_DAY}){named}"
    return f"case when {is_time} then {at} end"


def _instant_by_format(expression: str, pattern: str, timezone: str | None, is_instant: bool) -> str:
    if pattern == "iso":
        return instant_of_date(expression, (), timezone, is_instant=is_instant)
    if _has_no_time(pattern):
        return "null::timestamp"
    at, local = (_by_format(expression, "timestamp", pattern, zone) for zone in (timezone, None))
    return at if is_instant else f"case when {local} <> date_trunc('day', {local}) then {at} end"


def _has_no_time(pattern: str) -> bool:
    return pattern not in _EPOCHS and _TIME_OF_DAY.search(pattern) is None


def _date(expression: str, timezone: str | None) -> str:
    """The day that is written; of an instant with a time of day, its day in UTC."""
    day = f"try_cast(left({expression}, 10) as date)"
    is_plain = f"length({expression}) = 10 or regexp_full_match({expression}, {_DAY})"
    is_midnight = f"regexp_full_match({expression}, {_MIDNIGHT})"
    found = f"case when {is_plain} or {is_midnight} then {day} else ({_timestamp(expression, timezone)})::date end"
    return f"case when {expression} like {_ISO} and {day} >= date '0001-01-01' then {found} end"


def _timestamp(expression: str, timezone: str | None) -> str:
    """The instant in UTC. DuckDB's plain cast drops what follows the seconds, so it sees texts without offset only."""
    zoned = f"try_cast({expression} as timestamptz)::timestamp"
    plain = f"try_cast({expression} as timestamp)"
    if timezone is None:
        # The same instant either way, and many times faster than the cast that knows zones.
        is_plain = f"regexp_full_match({expression}, {_TO_THE_SECOND})"
        instant = f"case when {is_plain} then {plain} else {zoned} end"
    else:
        local = f"timezone({sql.text(timezone)}, {plain})::timestamp"
        # A day is a day of the reporting zone, whatever zone the file's clock has.
        instant = (
            f"case when regexp_full_match({expression}, {_DAY}) then {plain} "
            f"when regexp_full_match({expression}, {_LOCAL}) then {local} else {zoned} end"
        )
    return f"case when {expression} like {_ISO} and {instant} between {_FIRST} and {_LAST} then {instant} end"


def _by_formats(expression: str, data_type: str, formats: tuple[str, ...], timezone: str | None) -> str:
    tries = [_by_format(expression, data_type, pattern, timezone) for pattern in formats]
    return tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"


def _by_format(expression: str, data_type: str, pattern: str, timezone: str | None) -> str:
    if pattern == "iso":
        return cast(expression, data_type, (), timezone)
    if pattern in _EPOCHS:
        whole, factor = _EPOCHS[pattern]
        number = f"try_cast({expression} as decimal(28,6))"
        instant = f"try(make_timestamp(({number} * {factor})::bigint))"
        instant = f"case when regexp_full_match({expression}, '-?\\d{{1,{whole}}}(\\.\\d{{1,9}})?') then {instant} end"
        return f"({instant})::{data_type}"
    text = f"trim(translate({expression}, {sql.text(_BLANKS)}, '  '))"
    parsed = f"try_strptime({text}, {sql.text(pattern)})"
    if "%Y" in pattern:
        # strptime takes a year of two digits for one of the first century.
        parsed = f"case when regexp_matches({text}, '\\d{{4}}') then {parsed} end"
    if timezone is not None and "%z" not in pattern.lower() and not _has_no_time(pattern):
        parsed = f"timezone({sql.text(timezone)}, {parsed})"
    return f"({parsed})::timestamp::{data_type}"
