"""The slow, exact reader for files with records that DuckDB's readers can't place: record by record, in Python.

It splits text into records just as DuckDB's strict CSV reader does (a test holds the two together), so that one bad
record changes nothing about the good ones beside it. Good records are handed on as JSON lines for DuckDB.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from dagster_project.lib.ingest.content import CsvShape, FileRefusedError, open_bytes, open_text, undecodable
from dagster_project.lib.ingest.discovery import LandingFile

MAX_RECORD = 2_097_152
"""Characters of the longest CSV record; DuckDB's reader has the same limit, in bytes."""
_BUFFER = 4 * MAX_RECORD
_NEW_LINE = re.compile(r"\r\n|\n|\r")


class Record(NamedTuple):
    """A record of a text file: its number among data records and the number of its first line, both from 1.

    `fields` are the values of a CSV record (empty where not asked for), None where it can't be read; then `reason`
    says why.
    """

    number: int
    line: int
    text: str
    fields: list[str] | None
    reason: str | None = None


def csv_records(file: LandingFile, shape: CsvShape, *, with_fields: bool) -> Iterator[Record]:
    """Every data record of a CSV in file order, bad ones included; without fields, it is faster and misses ragged ones.

    Raises FileRefusedError for text that isn't UTF-8.
    """
    try:
        with open_text(file) as stream:
            yield from _Splitter(shape, with_fields=with_fields).records(stream)
    except UnicodeDecodeError as error:
        raise FileRefusedError(undecodable(error)) from error


def json_records(file: LandingFile) -> Iterator[Record]:
    """Every line of a JSONL file that isn't blank; `fields` is empty where the line is a JSON object."""
    number = 0
    with open_bytes(file) as stream:
        for line, data in enumerate(stream, start=1):
            try:
                text = data.decode("utf-8-sig" if line == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise FileRefusedError(f"line {line}: {undecodable(error)}") from error
            if text:
                number += 1
                reason = _json_problem(text)
                yield Record(number, line, text, None if reason else [], reason)


def write_records(records: Iterator[Record], good: Path, bad: Path, *, is_json: bool) -> int:
    """Write good records as JSON lines {r: record, l: line, d: object | f: fields} and bad ones as {r, l, reason, raw}.

    Returns the number of bad ones.
    """
    count = 0
    with (
        good.open("w", encoding="utf-8", newline="\n") as out,
        bad.open("w", encoding="utf-8", newline="\n") as out_bad,
    ):
        for record in records:
            if record.fields is None:
                count += 1
                entry = {"r": record.number, "l": record.line, "reason": record.reason, "raw": record.text}
                out_bad.write(json.dumps(entry, ensure_ascii=False) + "\n")
                continue
            body = f'"d":{record.text}' if is_json else f'"f":{json.dumps(record.fields, ensure_ascii=False)}'
            out.write(f'{{"r":{record.number},"l":{record.line},{body}}}\n')
    return count


def write_places(records: Iterator[Record], wanted: Collection[int], out: Path) -> None:
    """Write {r: record, l: line, raw} as JSON lines for the wanted record numbers; reading stops after the last."""
    last = max(wanted)
    with out.open("w", encoding="utf-8", newline="\n") as stream:
        for record in records:
            if record.number in wanted:
                entry = {"r": record.number, "l": record.line, "raw": record.text}
                stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
            if record.number >= last:
                return


def _json_problem(text: str) -> str | None:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return f"not a JSON object: {error}"
    return None if isinstance(value, dict) else f"not a JSON object but {type(value).__name__}"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class _Splitter:
    def __init__(self, shape: CsvShape, *, with_fields: bool) -> None:
        mark, quote = re.escape(shape.delimiter), re.escape(shape.quote)
        quoted = rf" ?{quote}(?:[^{quote}]|{quote}{quote})*+{quote} *"
        bare = rf"(?! ?{quote})[^{mark}\r\n]*+"
        self._field = re.compile(rf"(?:\A|{mark})({quoted}|{bare})(?={mark}|\Z)")
        self._record = re.compile(rf"((?:{quoted}|{bare})(?:{mark}(?:{quoted}|{bare}))*+)(\r\n|\n|\r|\Z)")
        self._line = re.compile(r"([^\r\n]*+)(\r\n|\n|\r|\Z)")
        self._shape = shape
        self._with_fields = with_fields

    def records(self, stream: TextIO) -> Iterator[Record]:
        """Split a stream; at any time one buffer of it is in memory."""
        buffer, position, line, number = "", 0, 1, 0
        is_end, is_header = False, self._shape.has_header
        width = len(self._shape.columns)
        while True:
            if not is_end and len(buffer) - position <= MAX_RECORD:
                more = stream.read(_BUFFER)
                buffer, position, is_end = buffer[position:] + more, 0, not more
                continue
            if position >= len(buffer):
                return
            text, position, lines, reason = self._next(buffer, position)
            first_line = line
            line += lines
            if text == "" and (width > 1 or is_header):
                continue
            if is_header:
                is_header = False
                continue
            number += 1
            if reason is not None:
                yield Record(number, first_line, text, None, reason)
                continue
            if not self._with_fields:
                yield Record(number, first_line, text, [])
                continue
            fields = self._values(text)
            if len(fields) > width and not any(fields[width:]):
                fields = fields[:width]
            if len(fields) == width:
                yield Record(number, first_line, text, fields)
            else:
                yield Record(number, first_line, text, None, f"{len(fields)} fields where the header has {width}")

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
        reason = "the record is too long" if match.end() - position >= MAX_RECORD else "a quote is not closed"
        return match.group(1), match.end(), len(_NEW_LINE.findall(match.group(2))), reason

    def _values(self, text: str) -> list[str]:
        if self._shape.quote not in text:
            return text.split(self._shape.delimiter)
        quote = self._shape.quote
        return [self._value(field) if quote in field else field for field in self._field.findall(text)]

    def _value(self, field: str) -> str:
        quote = self._shape.quote
        if field.startswith((quote, " " + quote)):
            return field.strip(" ")[1:-1].replace(quote * 2, quote)
        return field
