"""Quarantined records out to a person and back: a CSV in the source's own columns, corrected, loaded again.

The exported file holds personal data in clear, so it is for its reader only (mode 0600) and never lies under what is
published. What a repair is, and how it takes its record's place, is `repairs`'.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.lib.contracts import CsvOptions, Feed, Source, SourceObject, feeds_of
from dagster_project.lib.files import write_private
from dagster_project.lib.ingest.content import FileRefusedError, csv_shape, open_text
from dagster_project.lib.ingest.discovery import LandingFile, format_of
from dagster_project.lib.ingest.layouts import own_columns
from dagster_project.lib.ingest.repairs import (
    Applied,
    Repair,
    apply_repairs,
    judge,
    moment_of,
    open_records,
    read_repairs,
    repair_text,
)
from dagster_project.lib.ingest.report import FileReport
from dagster_project.lib.ingest.schema import next_load_sequence
from dagster_project.lib.ingest.store import drop_batch, read_ledger
from dagster_project.lib.privacy import hide, looks_personal
from dagster_project.lib.settings import Settings

FILE_ID, RECORD, TEXT = "plumbline_file_id", "plumbline_record", "plumbline_text"
OWN_COLUMNS = (FILE_ID, "plumbline_file", RECORD, "plumbline_line", "plumbline_column", "plumbline_reason", TEXT)
_DELIMITERS = (",", ";", "\t", "|")
_SHOWN = 20


class ReadmitError(RuntimeError):
    """Rows can't be exported or re-admitted; the message says which, why, and what to do. Nothing was changed."""


@dataclass(frozen=True)
class Readmitted:
    """Rows of one object that were taken back, and how many of them no other file had brought already."""

    source_name: str
    object_name: str
    rows: int
    rows_stored: int


@dataclass(frozen=True)
class _Owner:
    """A file of the ledger with the object and feed through which it was read."""

    target: SourceObject
    feed: Feed
    entry: FileReport


def export_quarantine(
    con: duckdb.DuckDBPyConnection, sources: Sequence[Source], source_name: str, object_name: str, out: Path
) -> int:
    """Write the open quarantined records of an object to the CSV `out`; returns their number.

    Fields stand under the file's own column names as far as the record can be split; `plumbline_text` is the record as
    it lies in the file. Raises ReadmitError for an unknown object, and OSError where `out` can't be written.
    """
    owners = _owners(con, sources, source_name, object_name)
    found = [(owner, row) for owner in owners for row in _quarantined(con, owner.entry.file_id)]
    columns = list(dict.fromkeys(name for owner, _ in found for name in own_columns(owner.entry.file_columns)))
    with write_private(out) as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([*OWN_COLUMNS, *columns])
        for owner, (record, line, column, reason, text) in found:
            values = _split(con, owner, text or "")
            own = [owner.entry.file_id, owner.entry.file_path, record, line, column, reason, text]
            writer.writerow([*own, *(values.get(name, "") for name in columns)])
    return len(found)


def readmit(
    con: duckdb.DuckDBPyConnection, settings: Settings, sources: Sequence[Source], path: Path
) -> list[Readmitted]:
    """Keep the corrected rows of `path` as repairs and load them. All of them, or none.

    Rows that were re-admitted before with the same values are passed over. Raises ReadmitError.
    """
    owners = {owner.entry.file_id: owner for owner in _owners(con, sources)}
    wanted = _read(path, owners)
    new = _refuse_unfit(con, settings.repairs_path, owners, wanted)
    if not new:
        return []
    content = repair_text(repair for _, repair in new)
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    settings.repairs_path.mkdir(parents=True, exist_ok=True, mode=0o700)
    with write_private(settings.repairs_path / f"{digest}.jsonl") as stream:
        stream.write(content)
    sequence, now = next_load_sequence(con), datetime.now(UTC).replace(tzinfo=None)
    done: list[Readmitted] = []
    for target in {(owner.target.source, owner.target.name): owner.target for owner, _ in new}.values():
        applied: Applied = apply_repairs(con, settings.repairs_path, target, feeds_of(sources, target), sequence, now)
        rows = sum(len(records) for records in applied.records.values())
        done.append(Readmitted(target.source, target.name, rows, sum(applied.stored.values())))
    drop_batch(con)
    return done


def _owners(
    con: duckdb.DuckDBPyConnection,
    sources: Sequence[Source],
    source_name: str | None = None,
    object_name: str | None = None,
) -> list[_Owner]:
    """Loaded files of an object, or of all, as they can be read again."""
    if source_name is not None and source_name not in {source.name for source in sources}:
        known = ", ".join(sorted(source.name for source in sources))
        raise ReadmitError(f"There is no source {source_name!r}. There are: {known}.")
    targets = [target for source in sources for target in source.objects if object_name in (None, target.name)]
    if object_name is not None and not targets:
        raise ReadmitError(f"No source has an object {object_name!r}. Write it as the contract does: Opportunity.")
    found: list[_Owner] = []
    for target in targets:
        feeds = {target.definition_hash(feed): feed for feed in feeds_of(sources, target) if isinstance(feed, Feed)}
        names = {source.name for source in sources if target.source in (source.name, source.extends)}
        for entry in read_ledger(con, target.name, names if source_name is None else names & {source_name}):
            if entry.status == "loaded" and entry.definition_hash in feeds:
                found.append(_Owner(target, feeds[entry.definition_hash], entry))
    return found


def _quarantined(con: duckdb.DuckDBPyConnection, file_id: str) -> list[tuple[int, int, str, str, str]]:
    waiting = open_records(con, file_id)
    rows = con.execute(
        """
        select record_number, line_number, column_name, reason, record
        from raw.plumbline_quarantine
        where file_id = ?
        order by record_number
        """,
        [file_id],
    ).fetchall()
    return [row for row in rows if row[0] in waiting]


def _split(con: duckdb.DuckDBPyConnection, owner: _Owner, text: str) -> dict[str, str]:
    """The fields of a record by column, as far as they can be told."""
    columns = own_columns(owner.entry.file_columns)
    if format_of(owner.entry.file_path) != "csv" or owner.feed.nesting is not None:
        row = con.execute("select json_valid(?)", [text]).fetchone()
        if not row or not row[0] or not columns:
            return {}
        pointers = ["/" + name.replace("~", "~0").replace("/", "~1") for name in columns]
        values = con.execute("select json_extract_string(?::json, ?)", [text, pointers]).fetchone()
        return {name: value for name, value in zip(columns, values[0] if values else (), strict=False) if value}
    options = owner.feed.csv
    splits = [
        _fields(text, mark, options.quote) for mark in ([options.delimiter] if options.delimiter else _DELIMITERS)
    ]
    best = next((fields for fields in splits if len(fields) == len(columns)), max(splits, key=len))
    return dict(zip(columns, best, strict=False))


def _fields(text: str, delimiter: str, quote: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, quotechar=quote), [])
    except csv.Error:
        return []


def _read(path: Path, owners: dict[str, _Owner]) -> list[tuple[_Owner, Repair]]:
    """The rows of a corrected export with the files that they belong to."""
    file = LandingFile(path, path.name)
    try:
        shape = csv_shape(file, CsvOptions())
        with open_text(file) as stream:
            rows = list(csv.DictReader(stream, delimiter=shape.delimiter, restkey="", strict=True))
    except (OSError, FileRefusedError, UnicodeDecodeError, csv.Error) as error:
        raise ReadmitError(f"{path} can't be read: {error}") from error
    missing = [name for name in (FILE_ID, RECORD) if name not in shape.columns]
    if missing:
        raise ReadmitError(
            f"{path} has no column {', '.join(missing)}. Correct a file of `plumbline quarantine export`."
        )
    found: list[tuple[_Owner, Repair]] = []
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        owner = owners.get(row[FILE_ID] or "")
        record = row[RECORD] or ""
        if owner is None or not record.isdecimal():
            problems.append(f"row {number}: {FILE_ID} and {RECORD} name no quarantined record; export again")
            continue
        values = {name: value for name, value in row.items() if value and name not in OWN_COLUMNS}
        columns = own_columns(owner.entry.file_columns)
        foreign = [name or "a field past the last column" for name in values if name not in columns]
        if foreign:
            problems.append(f"row {number}: {owner.entry.file_path} has no column {foreign[0]!r}; leave it empty")
            continue
        entry = owner.entry
        moment = moment_of(owner.feed, entry.file_path)
        repair = Repair(entry.source_name, entry.object_name, entry.content_hash or "", moment, int(record), values)
        found.append((owner, repair))
    _raise(path, problems)
    return found


def _refuse_unfit(
    con: duckdb.DuckDBPyConnection, folder: Path, owners: dict[str, _Owner], wanted: list[tuple[_Owner, Repair]]
) -> list[tuple[_Owner, Repair]]:
    """The rows that are new, once all are known to fit. Raises ReadmitError with every one that doesn't."""
    kept = {(repair.object_name, *repair.file_key, repair.record_number): repair for repair in read_repairs(folder)}
    by_file: dict[str, list[Repair]] = {}
    problems: list[str] = []
    new: list[tuple[_Owner, Repair]] = []
    for owner, repair in wanted:
        place = f"{owner.entry.file_path}, record {repair.record_number}"
        known = kept.get((repair.object_name, *repair.file_key, repair.record_number))
        mine = by_file.setdefault(owner.entry.file_id, [])
        if repair.record_number in {other.record_number for other in mine}:
            problems.append(f"{place}: stands here twice; keep one row")
        elif known is not None and known.values != repair.values:
            problems.append(f"{place}: was repaired before with other values, which stay; remove the row")
        elif known is None and repair.record_number not in open_records(con, owner.entry.file_id):
            problems.append(f"{place}: is not in quarantine; remove the row")
        elif known is None:
            mine.append(repair)
            new.append((owner, repair))
    for file_id, repairs in by_file.items():
        problems += _unfit(con, owners[file_id], repairs) if repairs else []
    _raise(None, problems)
    return new


def _unfit(con: duckdb.DuckDBPyConnection, owner: _Owner, repairs: list[Repair]) -> Iterable[str]:
    try:
        problems = judge(con, owner.target, owner.feed, owner.entry, repairs)
    except duckdb.InvalidInputException as error:
        return [f"{owner.entry.file_path}: DuckDB can't read a repaired row: {str(error).splitlines()[0]}"]
    said = []
    for problem in problems:
        name, value = problem.column_name, problem.value
        shown = hide(value) if name is None or owner.target.is_personal(name) or looks_personal(value) else repr(value)
        column = f", column {name}" + ("" if value is None else f", value {shown}") if name else ""
        said.append(f"{owner.entry.file_path}, record {problem.record_number}{column}: {problem.reason}")
    return said


def _raise(path: Path | None, problems: Sequence[str]) -> None:
    if problems:
        lines = [f"  {problem}." for problem in problems[:_SHOWN]]
        more = [f"  and {len(problems) - _SHOWN} more."] if len(problems) > _SHOWN else []
        where = f"{path}: nothing" if path else "Nothing"
        raise ReadmitError("\n".join([f"{where} was re-admitted. Correct these rows, or remove them:", *lines, *more]))
