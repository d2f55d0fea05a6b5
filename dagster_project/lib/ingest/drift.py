"""Drift: what is different about a file's columns, against the file that the same definition read before it."""

from __future__ import annotations

import duckdb

from dagster_project.lib.ingest.batch import BATCH
from dagster_project.lib.ingest.report import FileReport


def drift(previous: FileReport, entry: FileReport, retyped: list[str]) -> list[str]:
    """One sentence per column that went, came, seems to have a new name, or holds values of another type."""
    lost = [name for name in entry.missing_columns if name not in previous.missing_columns]
    found = [f"the declared column {name!r} is no longer there." for name in lost]
    found += [f"the column {name!r} is new and not declared." for name in entry.new_columns]
    gone = [name for name in previous.file_columns if name not in entry.file_columns]
    for old in gone:
        position = previous.file_columns.index(old)
        now = entry.file_columns[position] if position < len(entry.file_columns) else None
        if len(previous.file_columns) == len(entry.file_columns) and now in entry.new_columns:
            found.append(f"the column {now!r} stands where {old!r} was: renamed?")
        elif not lost:
            found.append(f"the file's column {old!r} is no longer there.")
    found += [f"most values of the column {name!r} can't be read as its type: re-typed?" for name in retyped]
    return [f"{entry.file_path}: {sentence}" for sentence in found]


def retyped_columns(con: duckdb.DuckDBPyConnection, entry: FileReport) -> list[str]:
    """Columns whose values can't be cast in more than half of the records of the batch."""
    rows = con.execute(
        f"""
        select _bad_column
        from {BATCH}
        where _keep and _bad_value is not null
        group by _bad_column
        having count(*) * 2 > ?
        order by _bad_column
        """,
        [entry.rows_in],
    ).fetchall()
    return [str(row[0]) for row in rows]
