"""The tables of schema `raw`: one per declared object, and the bookkeeping of files, quarantine and builds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from dagster_project.lib.contracts import COLUMN_TYPES, META_COLUMNS, ContractError, Source, SourceObject
from dagster_project.lib.ingest import sql
from dagster_project.lib.warehouse import transaction

INLINE_PREFIX = "mapping:"  # rows that stand in a mapping are loaded under such a name
BOOKKEEPING: dict[str, dict[str, str]] = {
    "plumbline_files": {
        "file_id": "varchar",
        "source_name": "varchar",
        "object_name": "varchar",
        "file_path": "varchar",
        "content_hash": "varchar",
        "extracted_at": "timestamp",
        "is_extract_time_declared": "boolean",
        "is_full_extract": "boolean",
        "byte_count": "bigint",
        "rows_read": "bigint",
        "rows_filtered": "bigint",
        "rows_footer": "bigint",
        "rows_in": "bigint",
        "rows_loaded": "bigint",
        "rows_quarantined": "bigint",
        "rows_stored": "bigint",
        "status": "varchar",
        "reason": "varchar",
        "missing_columns": "varchar",
        "new_columns": "varchar",
        "load_sequence": "bigint",
        "loaded_at": "timestamp",
        "definition_hash": "varchar",
        "file_columns": "varchar",
    },
    "plumbline_quarantine": {
        "file_id": "varchar",
        "source_name": "varchar",
        "object_name": "varchar",
        "file_path": "varchar",
        "record_number": "bigint",
        "line_number": "bigint",
        "column_name": "varchar",
        "value": "varchar",
        "reason": "varchar",
        "record": "varchar",
        "load_sequence": "bigint",
    },
    "plumbline_unread_values": {
        "file_id": "varchar",
        "source_name": "varchar",
        "object_name": "varchar",
        "file_path": "varchar",
        "record_number": "bigint",
        "column_name": "varchar",
        "value": "varchar",
        "reason": "varchar",
        "load_sequence": "bigint",
    },
    "plumbline_readmissions": {
        "file_id": "varchar",
        "record_number": "bigint",
        "readmitted_at": "timestamp",
        "load_sequence": "bigint",
    },
    "plumbline_columns": {
        "source_name": "varchar",
        "object_name": "varchar",
        "column_name": "varchar",
        "is_personal": "boolean",
    },
    "plumbline_salt": {"salt": "varchar"},
    "plumbline_builds": {
        "build_id": "varchar",
        "load_sequence": "bigint",
        "config_hash": "varchar",
        "as_of": "date",
        "finished_at": "timestamp",
    },
    "plumbline_settings": {"config_hash": "varchar", "owns_seeds": "boolean"},
    "plumbline_last_files": {
        "source_name": "varchar",
        "last_file_at": "timestamp",
        "run_at": "timestamp",
        "freshness_days": "bigint",
    },
    "plumbline_figures": {
        "file_name": "varchar",
        "as_of": "date",
        "content_hash": "varchar",
        "run_id": "varchar",
        "version": "varchar",
        "published_at": "timestamp",
        "load_sequence": "bigint",
        "newest_extracted_at": "timestamp",
        "config_hash": "varchar",
        "n_parts": "bigint",
        "figure": "varchar",
        "dimension": "varchar",
        "value": "double",
        "unit": "varchar",
    },
    "plumbline_figure_parts": {
        "file_name": "varchar",
        "figure": "varchar",
        "opportunity_id": "varchar",
        "owner_id": "varchar",
        "amount": "decimal(18,2)",
    },
}


def raw_columns(target: SourceObject) -> dict[str, str]:
    """Column name -> DuckDB type of an object's raw table: declared columns, then the meta columns."""
    return {column.name: COLUMN_TYPES[column.type] for column in target.columns} | META_COLUMNS


def prepare_raw(con: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> None:
    """Make every declared raw table, empty, and the bookkeeping tables; what exists stays, new columns are added.

    Raises ContractError where an existing table has a declared column in another type.
    """
    sources = list(sources)
    with transaction(con):
        con.execute("create schema if not exists raw")
        existing = _existing(con)
        for table, columns in BOOKKEEPING.items():
            _ensure(con, table, columns, existing.get(table))
        for source in sources:
            for target in source.objects:
                _ensure(con, target.raw_table, raw_columns(target), existing.get(target.raw_table))
        _declare_columns(con, sources)


def keep_salt(con: duckdb.DuckDBPyConnection, salt: str) -> None:
    """Put the salt of published hashes where SQL finds it: beside the personal data that it protects, nowhere else."""
    with transaction(con):
        con.execute("delete from raw.plumbline_salt")
        con.execute("insert into raw.plumbline_salt values (?)", [salt])


class LaterExtractsError(RuntimeError):
    """The warehouse holds extracts that the asked day did not know yet; the message names one."""


def require_nothing_later(con: duckdb.DuckDBPyConnection, until: datetime) -> None:
    """Raise LaterExtractsError where a file taken at `until` (UTC, naive) or later is loaded: raw never forgets one."""
    later = con.execute(
        """
        select file_path, extracted_at
        from raw.plumbline_files
        where status = 'loaded' and extracted_at >= ? and not starts_with(file_path, ?)
        order by extracted_at, file_path
        limit 1
        """,
        [until, INLINE_PREFIX],
    ).fetchone()
    if later:
        raise LaterExtractsError(
            f"The warehouse already holds {later[0]}, taken at {later[1]} UTC, which was not known before {until} UTC. "
            "Replay days into a home of their own: set PLUMBLINE_HOME to an empty folder and PLUMBLINE_LANDING to the "
            "extracts."
        )


def next_load_sequence(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the next load: one more than any that stored a file or a repaired row, or ended in a build."""
    row = con.execute(
        """
        select coalesce(max(load_sequence), 0) + 1
        from (
            select load_sequence from raw.plumbline_files
            union all
            select load_sequence from raw.plumbline_readmissions
            union all
            select load_sequence from raw.plumbline_builds
        )
        """
    ).fetchone()
    assert row is not None
    return int(row[0])


def _declare_columns(con: duckdb.DuckDBPyConnection, sources: list[Source]) -> None:
    """Say in SQL which columns are declared and which of them are personal, also for the mappings of a contract."""
    objects = {source.name: source.objects for source in sources}
    declared = [
        (source.name, target.name, column.name, column.personal)
        for source in sources
        for target in objects.get(source.extends or source.name, ())
        for column in target.columns
    ]
    con.execute("delete from raw.plumbline_columns")
    if declared:
        columns = [list(values) for values in zip(*declared, strict=True)]
        con.execute("insert into raw.plumbline_columns select unnest(?), unnest(?), unnest(?), unnest(?)", columns)


def _existing(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    rows = con.execute(
        """
        select table_name, column_name, lower(data_type)
        from duckdb_columns()
        where schema_name = 'raw' and database_name = current_database()
        """
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        found.setdefault(table, {})[column] = data_type
    return found


def _ensure(
    con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], existing: dict[str, str] | None
) -> None:
    if existing is None:
        body = ", ".join(f"{sql.name(column)} {data_type}" for column, data_type in columns.items())
        con.execute(f"create table raw.{sql.name(table)} ({body})")
        return
    for column, data_type in columns.items():
        if column not in existing:
            con.execute(f"alter table raw.{sql.name(table)} add column {sql.name(column)} {data_type}")
        elif existing[column] != data_type:
            raise ContractError(
                f"raw.{table}.{column} = {existing[column]!r}: the contract declares {data_type!r}. "
                "Give the column a new name, or load into a fresh PLUMBLINE_HOME."
            )
