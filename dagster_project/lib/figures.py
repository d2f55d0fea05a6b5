"""Headline figures that were published: one Parquet file per publish with a new content, never changed afterwards.

The next run reads them as a source, so that a figure which changes later shows as published, now, difference. Which
figures there are is decided in the mart `ops.agg_headline_figures`, not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from dagster_project.lib.content_hash import quoted
from dagster_project.lib.files import sync

FIGURES_TABLE = ("ops", "agg_headline_figures")


@dataclass(frozen=True)
class HeadlineFigure:
    """One published number of a dimension. `unit` is count, ratio or money (in the reporting currency); `value` is None
    where it can't be computed."""

    figure: str
    dimension: str
    value: float | None
    unit: str


def read_figures(marts_path: Path) -> list[HeadlineFigure]:
    """The headline figures of a published version, by name; empty where it has no such mart."""
    with duckdb.connect(str(marts_path), read_only=True) as connection:
        if not _has_figures(connection):
            return []
        rows = connection.execute(
            f"select figure, dimension, cast(value as double), unit from {quoted(*FIGURES_TABLE)} order by all"
        ).fetchall()
    return [HeadlineFigure(*row) for row in rows]


def append_figures(
    folder: Path, marts_path: Path, as_of: date | None, content_hash: str, run_id: str, version: str
) -> Path | None:
    """Add the figures of a published version under `folder`; None where the same were added before.

    The file is named after as-of date and content hash, so an identical publish finds it there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{as_of or 'undated'}_{content_hash[:16]}.parquet"
    if target.exists():
        return None
    temporary = folder / f".{target.name}.writing"
    with duckdb.connect(str(marts_path), read_only=True) as connection:
        if not _has_figures(connection):
            return None
        connection.execute(
            f"""
            copy (
                select
                    cast($as_of as date) as as_of,
                    cast($content_hash as varchar) as content_hash,
                    cast($run_id as varchar) as run_id,
                    cast($version as varchar) as version,
                    cast($published_at as timestamp) as published_at,
                    figures.*
                from {quoted(*FIGURES_TABLE)} as figures
                order by all
            ) to '{str(temporary).replace("'", "''")}' (format parquet)
            """,
            {
                "as_of": as_of,
                "content_hash": content_hash,
                "run_id": run_id,
                "version": version,
                "published_at": datetime.now(UTC).replace(tzinfo=None),
            },
        )
    sync(temporary)
    temporary.replace(target)
    sync(folder)
    return target


def _has_figures(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?", list(FIGURES_TABLE)
    ).fetchone()
    return found is not None and found[0] > 0
