"""The slow, exact reader for files with records that DuckDB's readers can't place: record by record, in Python.

It splits text into records just as DuckDB's strict CSV reader does (a test holds the two together), so that one bad
record changes nothing about the good ones beside it; the good ones are handed on to DuckDB word for word.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from dagster_project.lib.ingest.content import CsvShape, open_text
from dagster_project.lib.ingest.discovery import LandingFile
from dagster_project.lib.ingest.readers import MAX_JSON

MAX_RECORD = 2_097_152
"""Characters of the longest CSV record; DuckDB's reader has the same limit, in bytes."""
_BUFFER = 4 * MAX_RECORD
_MAX_JSON_LINE = 2 * MAX_JSON - 1024
_SHOWN = 1000
TOO_LONG = "the record is too long"
_NEW_LINE = re.compile(r"\r\n|\n|\r")


class Record(NamedTuple):
    """A record of a file: its number among data records and that of its first line (None: no lines), both from 1.

    `reason` says why it can't be read; None: it can, as far as was asked.
    """

    number: int
    line: int | None
    text: str
    reason: str | None = None


def csv_records(file: LandingFile, shape: CsvShape, *, checks_width: bool) -> Iterator[Record]:
    """Every data record of a CSV in file order; `checks_width` takes longer and finds those of too few or many fields.

    Raises FileRefusedError for text that isn't UTF-8.
    """
    with open_text(file) as stream:
        for _ in range(shape.skipped):
            stream.readline()
        yield from _Splitter(shape, checks_width=checks_width).records(stream)


class Footers:
    """Lines of another width than records that a mapping's patterns know for a footer, left out and counted."""

    def __init__(self, shape: CsvShape, patterns: Collection[str]) -> None:
        self._shape = shape
        self._patterns = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
        self.count = 0

    def left_out(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records without footers."""
        for record in records:
            if record.reason is not None and self._is_footer(record.text):
                self.count += 1
            else:
                yield record

    def _is_footer(self, text: str) -> bool:
        if not self._patterns:
            return False
        fields = next(csv.reader([text[:_SHOWN]], delimiter=self._shape.delimiter, quotechar=self._shape.quote), [])
        first = next((field.strip() for field in fields if field.strip()), "")
        return any(pattern.fullmatch(first) for pattern in self._patterns)


def json_records(file: LandingFile) -> Iterator[Record]:
    """Every line of a JSONL file that isn't blank, unread; of one past the limit, its beginning with a reason.

    Raises FileRefusedError for text that isn't UTF-8.
    """
    number = 0
    with open_text(file, newline="\n") as stream:
        for line, full in enumerate(stream, start=1):
            text = full.strip()
            if text:
                number += 1
                yield _within_limit(Record(number, line, text))


def _within_limit(record: Record) -> Record:
    if len(record.text) * 4 < MAX_JSON or (
        len(record.text.encode()) <= MAX_JSON and len(_json_line(record).encode()) <= _MAX_JSON_LINE
    ):
        return record
    return record._replace(text=record.text[:_SHOWN], reason=TOO_LONG)


def json_problem(text: str) -> str:
    """Why DuckDB doesn't take a line for a JSON object, in Python's words where it agrees."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"not a JSON object: {error}"
    if not isinstance(value, dict):
        return f"not a JSON object but {type(value).__name__}"
    keys = json.loads(text, object_pairs_hook=lambda pairs: [key for key, _ in pairs])
    repeated = next((key for position, key in enumerate(keys) if key in keys[:position]), None)
    return "not valid JSON" if repeated is None else f"the key {repeated!r} occurs twice"


def write_csv(records: Iterable[Record], good: Path, bad: Path, delimiter: str) -> int:
    """Write good records as they are, behind their number and line; bad ones as `write_bad` does; count the bad."""
    count = 0
    with (
        good.open("w", encoding="utf-8", newline="\n") as out,
        bad.open("w", encoding="utf-8", newline="\n") as out_bad,
    ):
        for record in records:
            if record.reason is None:
                out.write(f"{record.number}{delimiter}{record.line}{delimiter}{record.text}\n")
            else:
                count += 1
                out_bad.write(_json_line(record))
    return count


def write_lines(records: Iterable[Record], out: Path) -> int:
    """Write records as JSON lines {r: record, l: line, reason, raw: text} and count them."""
    count = 0
    with out.open("w", encoding="utf-8", newline="\n") as stream:
        for record in records:
            count += 1
            stream.write(_json_line(record))
    return count


def write_places(records: Iterable[Record], wanted: Collection[int], out: Path) -> None:
    """Write the wanted records, by number, as `write_lines` does; reading stops after the last."""
    write_lines(_wanted(records, wanted, max(wanted)), out)


def _wanted(records: Iterable[Record], wanted: Collection[int], last: int) -> Iterator[Record]:
    for record in records:
        if record.number in wanted:
            yield record
        if record.number >= last:
            return


def _json_line(record: Record) -> str:
    entry = {"r": record.number, "l": record.line, "reason": record.reason, "raw": record.text}
    return json.dumps(entry, ensure_ascii=False) + "\n"


class _Splitter:
    def __init__(self, shape: CsvShape, *, checks_width: bool) -> None:
        mark, quote = re.escape(shape.delimiter), re.escape(shape.quote)
        quoted = rf" ?{quote}(?:[^{quote}]|{quote}{quote})*+{quote} *"
        bare = rf"(?! ?{quote})[^{mark}\r\n]*+"
        self._field = re.compile(rf"(?:\A|{mark})({quoted}|{bare})(?={mark}|\Z)")
        self._record = re.compile(rf"((?:{quoted}|{bare})(?:{mark}(?:{quoted}|{bare}))*+)(\r\n|\n|\r|\Z)")
        self._empty = re.compile(rf"(?: ?{quote}{quote} *)?")
        self._line = re.compile(r"([^\r\n]*+)(\r\n|\n|\r|\Z)")
        self._shape = shape
        self._width = len(shape.columns)
        self._whole = re.compile(rf"(?:{quoted}|{bare})(?:{mark}(?:{quoted}|{bare})){{{self._width - 1}}}")
        self._checks_width = checks_width

    def records(self, stream: TextIO) -> Iterator[Record]:
        """Split a stream; at any time one buffer of it is in memory."""
        buffer, position, line, number = "", 0, 1 + self._shape.skipped, 0
        is_end, is_header = False, self._shape.has_header
        while True:
            if not is_end and len(buffer) - position <= MAX_RECORD:
                more = stream.read(_BUFFER)
                buffer, position, is_end = buffer[position:] + more, 0, not more
                continue
            if position >= len(buffer):
                return
            text, position, lines, reason = self._next(buffer, position)
            if reason == TOO_LONG:
                text = text[:_SHOWN]
                buffer, position, lines, is_end = _skip_line(stream, buffer, position, is_end)
            first_line = line
            line += lines
            if text == "" and (self._width > 1 or is_header):
                continue
            if is_header:
                is_header = False
                continue
            number += 1
            if self._checks_width and reason is None:
                reason = self._width_problem(text)
            yield Record(number, first_line, text, reason)

    def _next(self, buffer: str, position: int) -> tuple[str, int, int, str | None]:
        """The record at `position`: its text, where the next one starts, its number of lines, and what is wrong."""
        end = min(position + MAX_RECORD, len(buffer))
        stop = buffer.find("\n", position, end)
        if stop >= 0:
            text = buffer[position:stop].removesuffix("\r")
            if self._shape.quote not in text and "\r" not in text:
                return text, stop + 1, 1, None
        match = self._record.match(buffer, position, end)
        if match is not None and (match.end() < end or end == len(buffer)):
            return match.group(1), match.end(), len(_NEW_LINE.findall(match.group(0))), None
        match = self._line.match(buffer, position, end)
        assert match is not None
        reason = TOO_LONG if match.end() - position >= MAX_RECORD else "a quote is not closed"
        return match.group(1), match.end(), len(_NEW_LINE.findall(match.group(2))), reason

    def _width_problem(self, text: str) -> str | None:
        """Too few or too many fields; empty ones past the last column are none, as DuckDB has it."""
        delimiter = self._shape.delimiter
        if self._shape.quote not in text:
            if text.count(delimiter) + 1 == self._width:
                return None
            fields = text.split(delimiter)
        elif self._whole.fullmatch(text):
            return None
        else:
            fields = self._field.findall(text)
        extra = fields[self._width :]
        if len(fields) >= self._width and all(self._empty.fullmatch(field) for field in extra):
            return None
        return f"{len(fields)} fields where the header has {self._width}"


def _skip_line(stream: TextIO, buffer: str, position: int, is_end: bool) -> tuple[str, int, int, bool]:
    """Go past the end of a line that is too long: buffer, position, number of line ends passed, whether all is read."""
    while True:
        found = _NEW_LINE.search(buffer, position)
        if found is not None and (found.end() < len(buffer) or is_end):
            return buffer, found.end(), 1, is_end
        if is_end:
            return "", 0, 0, True
        more = stream.read(_BUFFER)
        buffer, position, is_end = buffer[found.start() :] + more if found else more, 0, not more
