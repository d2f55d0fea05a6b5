"""Headline figures that were published: one Parquet file per publish with a new content, never changed afterwards.

`<home>/figures/<as-of>_<hash>.parquet` holds the figures, `<home>/figures/parts/` beside it what of each figure came
from which opportunity, as far as it differs from the publish before. The next run reads both (`lib.figures_source`).
Which figures there are and what they are made of is decided in dbt, not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from dagster_project.lib.content_hash import quoted
from dagster_project.lib.files import sync

FIGURES_TABLE = ("ops", "agg_headline_figures")
PARTS_TABLE = ("intermediate", "int_figure_part_changes")
RESTATED_TABLE = ("stage_transitions", "fct_published_figures")
PARTS_FOLDER = "parts"


@dataclass(frozen=True)
class HeadlineFigure:
    """One published number of a dimension. `unit` is count, ratio or money (in the reporting currency); `value` is None
    where it can't be computed."""

    figure: str
    dimension: str
    value: float | None
    unit: str


@dataclass(frozen=True)
class Restated:
    """How many published figures have been restated since, of how many, and the largest money among them: its name, the
    as-of date it was published for, what was published, what it is now, and the cause."""

    restated: int
    published: int
    figure: str | None = None
    as_of: str | None = None
    published_value: float | None = None
    value_now: float | None = None
    cause: str | None = None


@dataclass(frozen=True)
class Known:
    """What the build behind a publish knew: its newest load, the newest extract time among its files (UTC), and the
    hash of its settings."""

    load_sequence: int | None = None
    newest_extracted_at: datetime | None = None
    config_hash: str | None = None


def figure_text(value: float | None, unit: str) -> str:
    """A figure's value as a person reads it; `not available` where there is none."""
    if value is None:
        return "not available"
    return f"{value:,.4f}" if unit == "ratio" else f"{value:,.0f}"


def read_figures(marts_path: Path) -> list[HeadlineFigure]:
    """The headline figures of a published version, by name; empty where it has no such mart."""
    with duckdb.connect(str(marts_path), read_only=True) as connection:
        if not _has_table(connection, FIGURES_TABLE):
            return []
        rows = connection.execute(
            f"select figure, dimension, cast(value as double), unit from {quoted(*FIGURES_TABLE)} order by all"
        ).fetchall()
    return [HeadlineFigure(*row) for row in rows]


def read_restated(marts_path: Path) -> Restated | None:
    """What of the figures published before is another number now; None where the version has no such mart."""
    with duckdb.connect(str(marts_path), read_only=True) as connection:
        if not _has_table(connection, RESTATED_TABLE):
            return None
        table = quoted(*RESTATED_TABLE)
        counted = connection.execute(
            f"select count(*) filter (where is_restated), count(*) from {table} where dimension <> 'owner'"
        ).fetchone()
        largest = connection.execute(
            f"""
            select figure, cast(as_of_date as varchar), published_value, value_now, cause
            from {table}
            where is_restated and dimension <> 'owner' and unit = 'money'
            order by abs(difference) desc nulls last, as_of_date desc, publish_number desc, figure
            limit 1
            """
        ).fetchone()
    assert counted is not None
    return Restated(*counted, *(largest or ()))


def read_known(warehouse: Path) -> Known:
    """What the newest whole build of the warehouse knew."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        row = connection.execute(
            """
            select builds.load_sequence, max(files.extracted_at), builds.config_hash
            from (select * from raw.plumbline_builds order by finished_at desc, build_id desc limit 1) as builds
            left join raw.plumbline_files as files
                on files.status = 'loaded' and files.load_sequence <= builds.load_sequence
            group by all
            """
        ).fetchone()
    return Known(*row) if row else Known()


def append_figures(
    folder: Path,
    marts_path: Path,
    warehouse: Path,
    as_of: date | None,
    content_hash: str,
    run_id: str,
    version: str,
    known: Known,
) -> Path | None:
    """Add the figures of a published version under `folder`, and their parts from the build warehouse it was made from;
    None where the same were added before.

    The file is named after as-of date and content hash, so an identical publish finds it there. It is written last:
    parts without it don't count.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{as_of or 'undated'}_{content_hash[:16]}.parquet"
    if target.exists():
        return None
    with duckdb.connect(str(marts_path), read_only=True) as connection:
        if not _has_table(connection, FIGURES_TABLE):
            return None
        n_parts = _write_parts(warehouse, folder / PARTS_FOLDER / target.name)
        _copy(
            connection,
            f"""
            select
                cast($as_of as date) as as_of,
                cast($content_hash as varchar) as content_hash,
                cast($run_id as varchar) as run_id,
                cast($version as varchar) as version,
                cast($published_at as timestamp) as published_at,
                cast($load_sequence as bigint) as load_sequence,
                cast($newest_extracted_at as timestamp) as newest_extracted_at,
                cast($config_hash as varchar) as config_hash,
                cast($n_parts as bigint) as n_parts,
                figures.*
            from {quoted(*FIGURES_TABLE)} as figures
            order by all
            """,
            target,
            {
                "as_of": as_of,
                "content_hash": content_hash,
                "run_id": run_id,
                "version": version,
                "published_at": datetime.now(UTC).replace(tzinfo=None),
                "load_sequence": known.load_sequence,
                "newest_extracted_at": known.newest_extracted_at,
                "config_hash": known.config_hash,
                "n_parts": n_parts,
            },
        )
    return target


def _write_parts(warehouse: Path, target: Path) -> int | None:
    """Write the parts that differ from the publish before; their number, None where the build has no such table."""
    target.parent.mkdir(exist_ok=True)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        if not _has_table(connection, PARTS_TABLE):
            return None
        table = quoted(*PARTS_TABLE)
        _copy(connection, f"select * from {table} order by all", target, {})
        counted = connection.execute(f"select count(*) from {table}").fetchone()
    return counted[0] if counted else None


def _copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path, values: dict[str, object]) -> None:
    """Write what `query` finds as a Parquet file that is whole once it has its name."""
    temporary = target.with_name(f".{target.name}.writing")
    path = str(temporary).replace("'", "''")
    connection.execute(f"copy ({query}) to '{path}' (format parquet)", values)
    sync(temporary)
    temporary.replace(target)
    sync(target.parent)


def _has_table(connection: duckdb.DuckDBPyConnection, table: tuple[str, str]) -> bool:
    found = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?", list(table)
    ).fetchone()
    return found is not None and found[0] > 0
