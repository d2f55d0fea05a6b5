"""Rows of files that are gone and were read under an older definition: what can be made right without the file.

A file that is still there loads afresh. Of one that isn't only the raw rows are left; their ids get the one spelling
that newer files have, else one record would be two, words for nothing become nothing, and instants that can't be are
none. Values that were lost in an older reading (the time of day of a date) stay lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import duckdb

from dagster_project.lib.contracts import TEXT_TYPES, Column, SourceObject
from dagster_project.lib.ingest import casting, sql, times, words
from dagster_project.lib.ingest.batch import key_of
from dagster_project.lib.ingest.report import FileReport
from dagster_project.lib.warehouse import transaction

_MARK = "older:"


def mend_older(con: duckdb.DuckDBPyConnection, target: SourceObject, entries: Iterable[FileReport]) -> None:
    """Mend the rows of files that are gone, once per definition of the object's columns."""
    parts = (target.columns, target.key, target.version, target.earliest_date)
    mark = _MARK + hashlib.md5(repr(parts).encode(), usedforsecurity=False).hexdigest()
    files = [entry.file_id for entry in entries if entry.definition_hash != mark]
    if not files:
        return
    table = f"raw.{sql.name(target.raw_table)}"
    with transaction(con):
        _list_junk(con, target, table, files)
        changes = {sql.name(column.name): _mended(target, column) for column in target.columns}
        changes = {name: value for name, value in changes.items() if value != name}
        if target.version:
            junk = times.is_none(sql.name(target.version), target.earliest_date)
            changes["_version_at"] = f"case when {junk} then _extracted_at else _version_at end"
        if changes:
            assigned = ", ".join(f"{name} = {value}" for name, value in changes.items())
            con.execute(f"update {table} set {assigned} where _file_id in (select unnest(?))", [files])
            con.execute(f"update {table} set _key = {key_of(target)} where _file_id in (select unnest(?))", [files])
        con.execute(
            "update raw.plumbline_files set definition_hash = ? where file_id in (select unnest(?))", [mark, files]
        )


def _mended(target: SourceObject, column: Column) -> str:
    name = sql.name(column.name)
    if column.type in TEXT_TYPES and not column.free_text:
        given = f"({words.given(name)})"
        return given if column.type == "text" else casting.cast(given, column.type)
    if column.system and not column.required:
        return f"case when not {times.is_none(name, target.earliest_date)} then {name} end"
    return name


def _list_junk(con: duckdb.DuckDBPyConnection, target: SourceObject, table: str, files: list[str]) -> None:
    for column in target.columns:
        if column.system and not column.required:
            name = sql.name(column.name)
            con.execute(
                f"""
                insert into raw.plumbline_unread_values
                select _file_id, _source, ?, _file, _record, ?, {name}::varchar, ?, _load_sequence
                from {table}
                where _file_id in (select unnest(?)) and {times.is_none(name, target.earliest_date)}
                """,
                [target.name, column.name, times.reason(target.earliest_date), files],
            )
