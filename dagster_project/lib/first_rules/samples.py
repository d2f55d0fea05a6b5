"""The columns of a file that nothing maps yet, and its first rows as text."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import duckdb

from dagster_project.lib.ingest import sql
from dagster_project.lib.ingest.content import FileRefusedError, fingerprint, open_bytes
from dagster_project.lib.ingest.discovery import LandingFile

ROWS = 5_000
"""Rows of a file that are looked at."""
_BYTES = 1 << 24
_DELIMITERS = (",", ";", "\t", "|")
_FALLBACK = "cp1252"
"""What an Excel of Western Europe or America saves where it doesn't save UTF-8."""


@dataclass(frozen=True)
class Sample:
    """`values` are rows of texts (empty: nothing), one per column. `delimiter` None: the file's name says it.

    `encoding` None: UTF-8, or what its byte-order mark says.
    """

    file: LandingFile
    columns: tuple[str, ...]
    values: Sequence[Sequence[str]]
    delimiter: str | None = None
    encoding: str | None = None

    def column(self, position: int) -> list[str]:
        """The values of a column that there are."""
        return [row[position].strip() for row in self.values if row[position].strip()]


def take_sample(file: LandingFile) -> Sample | None:
    """The beginning of a file; None where it is damaged, empty, or has no header that can be read."""
    try:
        if file.problem or fingerprint(file).is_empty:
            return None
    except FileRefusedError:
        return None
    taken = {"csv": _csv, "jsonl": _json, "parquet": _parquet}[file.format](file)
    return taken if taken is not None and taken.columns else None


def _csv(file: LandingFile) -> Sample | None:
    with open_bytes(file) as stream:
        data = stream.read(_BYTES)
    text, encoding = _decoded(data)
    head = text[: 1 << 16]
    usual = "\t" if ".tsv" in file.path.suffixes else ","
    counts = {mark: _width(head, mark) for mark in _DELIMITERS}
    delimiter = usual if counts[usual] > 1 else max(_DELIMITERS, key=lambda mark: counts[mark])
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        found = [row for row in islice(rows, ROWS + 1) if row]
    except csv.Error:
        return None
    if not found or len({name.strip() for name in found[0]}) < len(found[0]):
        return None
    header = tuple(found[0])
    values = [row for row in found[1:] if len(row) == len(header)]
    return Sample(file, header, values, None if delimiter == usual else delimiter, encoding)


def _decoded(data: bytes) -> tuple[str, str | None]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace"), None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data), None
    except UnicodeDecodeError:
        return data.decode(_FALLBACK, errors="replace"), _FALLBACK


def _width(head: str, delimiter: str) -> int:
    try:
        return len(next((row for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row), []))
    except csv.Error:
        return 0


def _json(file: LandingFile) -> Sample | None:
    records: list[dict[str, object]] = []
    with open_bytes(file) as stream:
        for line in islice(stream, ROWS):
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                records.append(record)
    columns = tuple(dict.fromkeys(name for record in records for name in record))
    return Sample(file, columns, [[_text(record.get(name)) for name in columns] for record in records])


def _parquet(file: LandingFile) -> Sample | None:
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        try:
            found = con.execute(
                f"from read_parquet({sql.text(str(file.path))}, hive_partitioning = false) limit {ROWS}"
            )
            columns = tuple(str(column[0]) for column in found.description or [])
            return Sample(file, columns, [[_text(value) for value in row] for row in found.fetchall()])
        except duckdb.Error:
            return None


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)
