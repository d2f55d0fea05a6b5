"""How the dates and numbers of a column are written, as far as its values tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from dagster_project.lib.ingest import casting

ENOUGH = 0.9
"""The share of values that must be readable for a column to be of a type."""
_DAYS = (
    *("%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", ", %I:%M %p", " %I:%M %p", " %I:%M:%S %p")
_PLAIN = re.compile(r"[-+]?\d+(\.\d+)?")
_POINT = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_COMMA = re.compile(r"[-+]?(\d{1,3}([.  ']\d{3})+|\d+)(,\d+)?")
_BOOLEANS = frozenset({"true", "false", "t", "f", "1", "0", "yes", "no"})


@dataclass(frozen=True)
class Moments:
    """Formats of a column of dates (none: ISO), and what they could be as well, all values being readable so too."""

    formats: tuple[str, ...]
    otherwise: str | None = None


@dataclass(frozen=True)
class Numbers:
    """Marks within the numbers of a column; `suffixes` multiply. `otherwise` says how they could be read as well."""

    decimal: str = "."
    group: str | None = None
    has_currency: bool = False
    suffixes: tuple[tuple[str, int], ...] = ()
    otherwise: str | None = None

    @property
    def is_plain(self) -> bool:
        return self.decimal == "." and self.group is None and not self.has_currency and not self.suffixes


def moments_of(
    values: Sequence[str], data_type: str, *, day_first: bool, not_after: date | None = None
) -> Moments | None:
    """How dates are written; None where they aren't dates.

    Where several formats read all values, those count by which fewest lie after `not_after`, then `day_first`.
    """
    if not values:
        return None
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create temp table told as select unnest(?::varchar[]) as v", [list(values)])
        if _share(con, casting.cast("v", data_type)) >= ENOUGH:
            return Moments(())
        for name, pattern in (("epoch_s", r"\d{10}(\.\d+)?"), ("epoch_ms", r"\d{13}")):
            if sum(re.fullmatch(pattern, value) is not None for value in values) >= ENOUGH * len(values):
                return Moments((name,))
        shares = {day + time: _share(con, _tried(day + time)) for day in _DAYS for time in _TIMES}
        best = max(shares.values())
        if best < ENOUGH:
            return _mixed(con, shares)
        fitting = [pattern for pattern, share in shares.items() if share == best]
        if len(fitting) > 1 and not_after is not None:
            later = {pattern: _later(con, pattern, not_after) for pattern in fitting}
            fitting = [pattern for pattern in fitting if later[pattern] == min(later.values())]
    chosen = fitting[0]
    if len(fitting) > 1 and day_first:
        chosen = next((pattern for pattern in fitting if pattern.startswith("%d")), chosen)
    others = [pattern for pattern in fitting if pattern != chosen]
    return Moments((chosen,), others[0] if others else None)


def numbers_of(values: Sequence[str]) -> Numbers | None:
    """How amounts are written; None where they aren't numbers."""
    if not values:
        return None
    bare = [_bare(value) for value in values]
    if any(number is None for number in bare) and sum(number is not None for number in bare) < ENOUGH * len(values):
        return None
    found = [number for number in bare if number is not None]
    texts = [text for text, _, _ in found]
    has_currency = any(is_currency for _, is_currency, _ in found)
    suffixes = {suffix for _, _, suffix in found if suffix}
    factors = tuple((suffix, 1_000 if suffix in "kK" else 1_000_000) for suffix in sorted(suffixes))
    if all(_PLAIN.fullmatch(text) for text in texts):
        groups = [text for text in texts if "." in text]
        is_unclear = bool(groups) and all(re.fullmatch(r"[-+]?\d{1,3}\.\d{3}", text) for text in groups)
        return Numbers(".", None, has_currency, factors, "points may be thousands" if is_unclear else None)
    with_point = sum(_POINT.fullmatch(text) is not None for text in texts)
    with_comma = sum(_COMMA.fullmatch(text) is not None for text in texts)
    if max(with_point, with_comma) < ENOUGH * len(texts):
        return None
    unclear = "commas may be decimal marks" if with_point == with_comma else None
    if with_point >= with_comma:
        return Numbers(".", ",", has_currency, factors, unclear)
    marks = [mark for mark in ".'  " if any(re.search(rf"\d{re.escape(mark)}\d{{3}}", text) for text in texts)]
    return Numbers(",", marks[0] if marks else None, has_currency, factors)


def are_booleans(values: Sequence[str]) -> bool:
    """Whether values are read as true and false."""
    return bool(values) and all(value.lower() in _BOOLEANS for value in values)


def _bare(value: str) -> tuple[str, bool, str] | None:
    """A number without currency and suffix, whether it had a currency, and its suffix; None where it is no number."""
    text = value.strip()
    if text.startswith("(") and text.endswith(")"):
        return None
    without = re.sub(r"^([-+]?)\s*([A-Z]{3}|[$€£¥])\s*", r"\1", text)
    without = re.sub(r"\s*([A-Z]{3}|[$€£¥])$", "", without)
    suffix = re.search(r"(?<=\d)\s*([kKmM])$", without)
    number = without[: suffix.start()] if suffix else without
    if not re.fullmatch(r"[-+]?\d[\d.,  ']*", number):
        return None
    return number, without != text, suffix[1] if suffix else ""


def _mixed(con: duckdb.DuckDBPyConnection, shares: dict[str, float]) -> Moments | None:
    """Two formats that share the values between them, such as with and without a time."""
    fitting = sorted((pattern for pattern, share in shares.items() if share > 0), key=lambda name: -shares[name])[:6]
    for position, first in enumerate(fitting):
        for second in fitting[position + 1 :]:
            if _share(con, f"coalesce({_tried(first)}, {_tried(second)})") >= ENOUGH:
                return Moments((first, second))
    return None


def _later(con: duckdb.DuckDBPyConnection, pattern: str, day: date) -> int:
    """How many values lie after a day, read by a format."""
    row = con.execute(f"select count(*) from told where {_tried(pattern)} >= ?::date + 1", [day]).fetchone()
    return int(row[0]) if row else 0


def _tried(pattern: str) -> str:
    return f"try_strptime(v, '{pattern}')"


def _share(con: duckdb.DuckDBPyConnection, expression: str) -> float:
    row = con.execute(f"select count({expression}) / count(*) from told").fetchone()
    return float(row[0]) if row else 0.0
