"""Repaired rows: what a person corrected in quarantined records, kept as files and loaded in the records' own place.

A repair belongs to one record of one file: source, object, content hash of the file, the extract time that the file
declares, record number. It carries no extract time and no order of its own, so history is as if the record had been
right from the start. Repairs lie under `<home>/repairs/` and every load applies those whose record is in quarantine: a
warehouse that is built anew, or a file that is read again under a changed contract, gets them again. Asking a person
for them is `readmit`'s.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.lib.contracts import Feed, InlineRows, SourceObject
from dagster_project.lib.ingest import sql
from dagster_project.lib.ingest.batch import BATCH, Fallback, batch_sql
from dagster_project.lib.ingest.content import CsvShape, FileRefusedError
from dagster_project.lib.ingest.extract_time import file_extract_time
from dagster_project.lib.ingest.layouts import own_columns, plain_relation
from dagster_project.lib.ingest.matching import match_columns
from dagster_project.lib.ingest.readers import exact_csv_relation
from dagster_project.lib.ingest.repeats import number_repeats
from dagster_project.lib.ingest.report import FileReport
from dagster_project.lib.ingest.store import BatchStats, batch_stats, read_ledger, store_rows
from dagster_project.lib.warehouse import transaction


@dataclass(frozen=True)
class Repair:
    """The corrected fields of one quarantined record, by the file's own column names, as text; empty is NULL.

    `moment` is the extract time that the file's path declares, in ISO form; empty where it declares none.
    """

    source_name: str
    object_name: str
    content_hash: str
    moment: str
    record_number: int
    values: dict[str, str]

    @property
    def file_key(self) -> tuple[str, str, str]:
        return self.source_name, self.content_hash, self.moment


@dataclass(frozen=True)
class Problem:
    """Why a repaired record still can't be loaded. `value` may be personal."""

    record_number: int
    column_name: str | None
    value: str | None
    reason: str


@dataclass
class Applied:
    """What `apply_repairs` did: re-admitted record numbers and rows stored by file id, and repairs that don't fit."""

    records: dict[str, set[int]] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def corrected(self, report: FileReport) -> FileReport:
        """The report of a file that was loaded just now, its re-admitted rows counted as loaded."""
        records = self.records.get(report.file_id)
        if not records or report.status != "loaded":
            return report
        return replace(
            report,
            rows_loaded=report.rows_loaded + len(records),
            rows_quarantined=report.rows_quarantined - len(records),
            rows_stored=report.rows_stored + self.stored[report.file_id],
            quarantine=tuple(row for row in report.quarantine if row.record_number not in records),
        )


def read_repairs(folder: Path, object_name: str | None = None) -> list[Repair]:
    """The repairs that are kept, of one object or of all."""
    lines = (line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines())
    found = (Repair(**json.loads(line)) for line in lines)
    return [repair for repair in found if object_name in (None, repair.object_name)]


def repair_text(repairs: Iterable[Repair]) -> str:
    """The content of a repairs file."""
    return "".join(json.dumps(asdict(repair), ensure_ascii=False) + "\n" for repair in repairs)


def moment_of(feed: Feed, file_path: str) -> str:
    """The `moment` of a file's repairs."""
    declared = file_extract_time(feed, file_path)
    return declared.isoformat() if declared else ""


def apply_repairs(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    target: SourceObject,
    feeds: Sequence[Feed | InlineRows],
    load_sequence: int,
    now: datetime,
) -> Applied:
    """Load the kept repairs of an object whose records are in quarantine, one transaction per file.

    A repair that a changed contract no longer accepts leaves its record in quarantine and is named in `problems`.
    """
    done = Applied()
    repairs: dict[tuple[str, str, str], list[Repair]] = {}
    for repair in read_repairs(folder, target.name):
        repairs.setdefault(repair.file_key, []).append(repair)
    if not repairs:
        return done
    by_definition = {target.definition_hash(feed): feed for feed in feeds if isinstance(feed, Feed)}
    for entry in read_ledger(con, target.name, sorted({source for source, _, _ in repairs})):
        feed = by_definition.get(entry.definition_hash)
        if feed is None or entry.status != "loaded" or entry.content_hash is None:
            continue
        key = entry.source_name, entry.content_hash, moment_of(feed, entry.file_path)
        waiting = open_records(con, entry.file_id) if key in repairs else set()
        wanted = [repair for repair in repairs.get(key, ()) if repair.record_number in waiting]
        if wanted:
            _apply(con, target, feed, entry, wanted, load_sequence, now, done)
    return done


def open_records(con: duckdb.DuckDBPyConnection, file_id: str) -> set[int]:
    """Numbers of a file's records that are in quarantine and not re-admitted."""
    rows = con.execute(
        """
        select record_number from raw.plumbline_quarantine where file_id = $1
        except
        select record_number from raw.plumbline_readmissions where file_id = $1
        """,
        [file_id],
    ).fetchall()
    return {int(row[0]) for row in rows}


def judge(
    con: duckdb.DuckDBPyConnection, target: SourceObject, feed: Feed, entry: FileReport, repairs: Sequence[Repair]
) -> list[Problem]:
    """Make the batch of one file's repaired records, read just as that file was, and say what is wrong with them.

    The records get the extract time that the file declares, else that of its load, where no column of theirs tells it.
    """
    declared = file_extract_time(feed, entry.file_path)
    fallback = Fallback(declared or entry.loaded_at, is_declared=declared is not None)
    columns = own_columns(entry.file_columns)
    shape = CsvShape(columns, ",", '"', has_header=False, is_clean_start=True)
    with tempfile.TemporaryDirectory(prefix="plumbline-") as name:
        path = Path(name) / "repaired.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
            for repair in repairs:
                fields = [repair.values.get(column, "") for column in columns]
                writer.writerow([repair.record_number, "", *fields])
        relation, _ = plain_relation(con, exact_csv_relation(path, shape), target, feed)
        plan = match_columns(target, feed, relation.columns)
        con.execute(batch_sql(target, feed, plan, relation, fallback))
        number_repeats(con, target)
    rows = con.execute(
        f"""
        select _record, _bad_column, _bad_value, coalesce(_reason, 'a condition of the mapping leaves this row out')
        from {BATCH}
        where not _keep or _reason is not null
        order by _record
        """
    ).fetchall()
    return [Problem(*row) for row in rows]


def _apply(
    con: duckdb.DuckDBPyConnection,
    target: SourceObject,
    feed: Feed,
    entry: FileReport,
    repairs: list[Repair],
    load_sequence: int,
    now: datetime,
    done: Applied,
) -> None:
    try:
        problems = judge(con, target, feed, entry, repairs)
    except (FileRefusedError, duckdb.InvalidInputException) as error:
        done.problems.append(f"{entry.file_path}: its repairs can't be read: {str(error).splitlines()[0]}")
        return
    for problem in problems:
        column = f", column {problem.column_name}" if problem.column_name else ""
        where = f"{entry.file_path}, record {problem.record_number}{column}"
        done.problems.append(f"{where}: the repair that was kept no longer fits: {problem.reason}.")
    con.execute(f"delete from {BATCH} where not _keep or _reason is not null")
    records = {repair.record_number for repair in repairs} - {problem.record_number for problem in problems}
    if not records:
        return
    stats = batch_stats(con)
    with transaction(con):
        stored = store_rows(con, target, replace(entry, load_sequence=load_sequence), stats)
        con.execute(
            "insert into raw.plumbline_readmissions select ?, unnest(?), ?, ?",
            [entry.file_id, sorted(records), now, load_sequence],
        )
        _correct_ledger(con, entry, stats, len(records), stored)
    done.records[entry.file_id] = records
    done.stored[entry.file_id] = stored


def _correct_ledger(
    con: duckdb.DuckDBPyConnection, entry: FileReport, stats: BatchStats, count: int, stored: int
) -> None:
    """Count the rows as loaded; the file's extract time is what it had been, had they been right from the start."""
    has_others = entry.rows_loaded > 0
    newest = stats.last_extract
    extracted_at = max(entry.extracted_at, newest) if has_others and entry.extracted_at and newest else newest
    con.execute(
        f"""
        update raw.plumbline_files
        set rows_loaded = rows_loaded + {count},
            rows_quarantined = rows_quarantined - {count},
            rows_stored = rows_stored + {stored},
            extracted_at = ?,
            is_extract_time_declared =
                {sql.flag(stats.is_declared)} and (is_extract_time_declared or {sql.flag(not has_others)})
        where file_id = ?
        """,
        [extracted_at, entry.file_id],
    )
