"""Writing one file into the warehouse: rows, quarantine and ledger row in one transaction; and reading the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.lib.contracts import SourceObject
from dagster_project.lib.ingest import sql, times
from dagster_project.lib.ingest.batch import BATCH, ROW_COLUMNS, ROWS, SUCCESSION
from dagster_project.lib.ingest.report import FileReport, QuarantinedRow
from dagster_project.lib.ingest.schema import BOOKKEEPING
from dagster_project.lib.privacy import looks_personal
from dagster_project.lib.warehouse import transaction

_SHOWN_ROWS = 5
_LISTED_IN = ("plumbline_readmissions", "plumbline_unread_values", "plumbline_quarantine", "plumbline_files")
_LISTS = ("missing_columns", "new_columns", "file_columns")
_GOOD = f"select * from {ROWS} where _keep and _reason is null"


@dataclass(frozen=True)
class BatchStats:
    """Counts over `plumbline_batch`, and the extract times of the rows that are kept."""

    rows: int
    filtered: int
    footers: int
    bad: int
    fallbacks: int
    first_extract: datetime | None
    last_extract: datetime | None
    is_declared: bool


def batch_stats(con: duckdb.DuckDBPyConnection) -> BatchStats:
    """Count the batch once."""
    row = con.execute(
        f"""
        select
            count(*),
            count(*) filter (where not _keep and not _is_footer),
            count(*) filter (where _is_footer),
            count(*) filter (where _keep and _reason is not null),
            count(*) filter (where _keep and _is_fallback),
            min(_extracted_at) filter (where _keep and _reason is null),
            max(_extracted_at) filter (where _keep and _reason is null),
            coalesce(bool_and(_is_extract_time_declared) filter (where _keep), true)
        from {BATCH}
        """
    ).fetchone()
    assert row is not None
    return BatchStats(*row)


def drop_batch(con: duckdb.DuckDBPyConnection) -> None:
    """Give back what the last batch holds."""
    con.execute(f"drop table if exists temp.{BATCH}")


def bad_records(con: duckdb.DuckDBPyConnection) -> set[int]:
    """Record numbers of quarantined rows of the batch whose line or text isn't known yet."""
    rows = con.execute(
        f"""
        select _record
        from {ROWS}
        where _keep and _reason is not null and (_line is null or _bad_record is null)
        """
    ).fetchall()
    return {int(row[0]) for row in rows}


def store_rows(con: duckdb.DuckDBPyConnection, target: SourceObject, entry: FileReport, stats: BatchStats) -> int:
    """Insert the good rows of the batch that aren't stored yet; returns their number.

    Of equal rows (same source, extract time and content) the one with the least record number, then file, stays. A full
    extract keeps all of its rows: each says that the record was still there, also where its extract time is a row's own
    that hasn't moved since the extract before.
    """
    table = f"raw.{sql.name(target.raw_table)}"
    good = _without_repeats(con)
    where_old = f"old._source = {sql.text(entry.source_name)}"
    if not entry.is_full_extract and _has_extracts(con, table, entry.source_name, stats):
        same = (
            f"{where_old} and old._extracted_at = new._extracted_at and old._row_hash = new._row_hash "
            "and old._file_id not in (select file_id from raw.plumbline_files where is_full_extract)"
        )
        con.execute(
            f"""
            delete from {table} as old
            using ({good}) as new
            where {same} and (old._record, old._file) > (new._record, {sql.text(entry.file_path)})
            """
        )
        good = f"select * from ({good}) as new where not exists (select 1 from {table} as old where {same})"
    declared = [sql.name(column.name) for column in target.columns]
    values = {
        "_source": sql.text(entry.source_name),
        "_file": sql.text(entry.file_path),
        "_file_id": sql.text(entry.file_id),
        "_load_sequence": str(entry.load_sequence),
    }
    kept = [*declared, *ROW_COLUMNS, "_record", "_row_hash", "_is_deleted", "_custom"]
    columns, constants = ", ".join([*kept, *values]), ", ".join([*kept, *values.values()])
    deletions = _deletions(target, good, table, where_old)
    con.execute(f"insert into {table} ({columns}) select {constants} from ({deletions}) as batch")
    row = con.execute(f"insert into {table} ({columns}) select {constants} from ({good}) as batch").fetchone()
    _store_unread(con, target, entry)
    return int(row[0]) if row else 0


def _store_unread(con: duckdb.DuckDBPyConnection, target: SourceObject, entry: FileReport) -> None:
    """List what good rows say that was read as nothing: the row is loaded without it."""
    owner = ", ".join(sql.text(value) for value in _owner(entry).values())
    pointer = "'/' || replace(replace(name, '~', '~0'), '/', '~1')"
    con.execute(
        f"""
        insert into raw.plumbline_unread_values
        select {owner}, _record, name, json_extract_string(_unread, {pointer}),
            {sql.text(times.reason(target.earliest_date))}, {entry.load_sequence}
        from (select _record, _unread, unnest(json_keys(_unread)) as name from ({_GOOD}) where _unread is not null)
        """
    )


def _owner(entry: FileReport) -> dict[str, str]:
    """What says whose a listed row is, in the order of the lists' columns."""
    return {
        "file_id": entry.file_id,
        "source_name": entry.source_name,
        "object_name": entry.object_name,
        "file_path": entry.file_path,
    }


def _deletions(target: SourceObject, good: str, table: str, where_old: str) -> str:
    """A version more of each record that ended: deleted, at that instant, else as it was."""
    at = "greatest(ended._ended_at, ended._version_at + interval 1 microsecond)"
    changed = {
        "_version_at": at,
        "_is_deleted": "true",
        "_row_hash": "md5(_row_hash || _ended_at::varchar)",
    }
    changed |= {sql.name(target.version): "_ended_at"} if target.version else {}
    changed |= {sql.name(target.deleted): "true"} if target.deleted else {}
    return f"""
        select * replace ({", ".join(f"{value} as {name}" for name, value in changed.items())})
        from ({good}) as ended
        where _ended_at is not null and not exists (
            select 1
            from {table} as old
            where {where_old} and old._key = ended._key
                and old._version_at between {at} and {at} + interval {SUCCESSION}
        )
    """


def store_quarantine(con: duckdb.DuckDBPyConnection, entry: FileReport, places: Path | None, bad: Path | None) -> None:
    """Insert the batch's bad rows, with lines and text from `places`, and the records that never reached the batch."""
    owner = ", ".join(f"{sql.text(value)} as {column}" for column, value in _owner(entry).items())
    names = ", ".join(BOOKKEEPING["plumbline_quarantine"])
    found = "select null::bigint as r, null::bigint as l, null::varchar as raw where false"
    if places is not None:
        found = _json_rows(places, {"r": "bigint", "l": "bigint", "raw": "varchar"})
    con.execute(
        f"""
        insert into raw.plumbline_quarantine ({names})
        select {owner}, _record, coalesce(_line, found.l), _bad_column, _bad_value, _reason,
            coalesce(_bad_record, found.raw), {entry.load_sequence}
        from {ROWS}
        left join ({found}) as found on found.r = _record
        where _keep and _reason is not null
        """
    )
    if bad is not None:
        unread = _json_rows(bad, {"r": "bigint", "l": "bigint", "reason": "varchar", "raw": "varchar"})
        con.execute(
            f"""
            insert into raw.plumbline_quarantine ({names})
            select {owner}, r, l, null, null, reason, raw, {entry.load_sequence}
            from ({unread})
            """
        )


def store_entry(con: duckdb.DuckDBPyConnection, entry: FileReport) -> None:
    """Write the ledger row of a file; one of the same id is replaced."""
    columns = list(BOOKKEEPING["plumbline_files"])
    values = [
        json.dumps(getattr(entry, column), ensure_ascii=False) if column in _LISTS else getattr(entry, column)
        for column in columns
    ]
    con.execute("delete from raw.plumbline_files where file_id = ?", [entry.file_id])
    marks = ", ".join("?" for _ in columns)
    con.execute(f"insert into raw.plumbline_files ({', '.join(columns)}) values ({marks})", values)


def read_ledger(con: duckdb.DuckDBPyConnection, object_name: str, sources: Iterable[str]) -> list[FileReport]:
    """The ledger rows of an object and some sources, in the order in which they were written."""
    columns = [entry.name for entry in fields(FileReport) if entry.name != "quarantine"]
    rows = con.execute(
        f"""
        select {", ".join(columns)}
        from raw.plumbline_files
        where object_name = ? and source_name in (select unnest(?))
        order by load_sequence, loaded_at, file_path
        """,
        [object_name, list(sources)],
    ).fetchall()
    found = []
    for row in rows:
        values = dict(zip(columns, row, strict=True))
        values |= {column: tuple(json.loads(values[column] or "[]")) for column in _LISTS}
        found.append(FileReport(**values))
    return found


def file_columns(
    con: duckdb.DuckDBPyConnection, source: str, object_name: str, content_hash: str
) -> tuple[str, ...] | None:
    """What the ledger says of the columns of a file that was loaded for an object; None: no such file was loaded."""
    row = con.execute(
        """
        select file_columns
        from raw.plumbline_files
        where source_name = ? and object_name = ? and content_hash = ? and status = 'loaded'
        limit 1
        """,
        [source, object_name, content_hash],
    ).fetchone()
    return tuple(json.loads(row[0] or "[]")) if row else None


def forget(con: duckdb.DuckDBPyConnection, target: SourceObject, file_ids: list[str]) -> None:
    """Take files out again, rows and all, so that they load afresh under a changed definition."""
    with transaction(con):
        con.execute(f"delete from raw.{sql.name(target.raw_table)} where _file_id in (select unnest(?))", [file_ids])
        for table in _LISTED_IN:
            con.execute(f"delete from raw.{table} where file_id in (select unnest(?))", [file_ids])


def with_quarantine(con: duckdb.DuckDBPyConnection, entry: FileReport, personal: set[str | None]) -> FileReport:
    """The report with its first quarantined rows; of personal values only the length is told."""
    rows = con.execute(
        """
        select file_path, record_number, line_number, column_name, value, reason
        from raw.plumbline_quarantine
        where file_id = ?
        order by record_number
        limit ?
        """,
        [entry.file_id, _SHOWN_ROWS],
    ).fetchall()
    shown = []
    for path, record, line, column, value, reason in rows:
        is_hidden = column in personal or looks_personal(value)
        masked = f"<{len(value)} characters>" if value is not None and is_hidden else value
        shown.append(QuarantinedRow(path, record, line, column, masked, reason))
    return replace(entry, quarantine=tuple(shown))


def _without_repeats(con: duckdb.DuckDBPyConnection) -> str:
    row = con.execute(
        f"select exists (select 1 from ({_GOOD}) group by _row_hash, _extracted_at having count(*) > 1)"
    ).fetchone()
    if row is None or not row[0]:
        return _GOOD
    return f"{_GOOD} qualify row_number() over (partition by _row_hash, _extracted_at order by _record) = 1"


def _has_extracts(con: duckdb.DuckDBPyConnection, table: str, source: str, stats: BatchStats) -> bool:
    row = con.execute(
        f"select exists (select 1 from {table} where _source = ? and _extracted_at between ? and ?)",
        [source, stats.first_extract, stats.last_extract],
    ).fetchone()
    return bool(row and row[0])


def _json_rows(path: Path, columns: dict[str, str]) -> str:
    body = ", ".join(f"{sql.text(name)}: {sql.text(data_type)}" for name, data_type in columns.items())
    return (
        f"select * from read_json({sql.text(str(path))}, format = 'newline_delimited', "
        f"columns = {{{body}}}, maximum_object_size = {64 * 1024 * 1024})"
    )
