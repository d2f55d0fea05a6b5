"""One id on rows of one file that can't be versions of one record: a column taken for the key that isn't one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from dagster_project.lib.check.references import has_rows
from dagster_project.lib.contracts import Source, SourceObject
from dagster_project.lib.ingest import sql

_BIRTHS = ("created_at", "created_date", "property_createdate", "touched_at", "occurred_at", "spent_on")
"""Columns that say when a record came to be, which two versions of it agree on."""


@dataclass(frozen=True)
class SharedIds:
    """`rows` rows of a file that differ bear `ids` ids, so that of each id one row counts."""

    file_path: str
    source_name: str
    object_name: str
    key: tuple[str, ...]
    ids: int
    rows: int

    def __str__(self) -> str:
        key = ", ".join(self.key)
        return (
            f"{self.file_path}: {self.rows:,} rows of {self.object_name} that differ bear {self.ids:,} "
            f"id{'s' if self.ids != 1 else ''} ({key}); of each id one row counts. Is the column of {key} one per "
            "record?"
        )


def shared_ids(con: duckdb.DuckDBPyConnection, sources: Iterable[Source], load_sequence: int) -> list[SharedIds]:
    """Files of one load, and of later ones, that give one id to several records; the one that loses most rows first.

    Rows with one id are several records where they bear one version and differ, or differ in when they were created.
    """
    objects = [entry for source in sources for entry in source.objects]
    targets = [target for target in objects if has_rows(con, target, load_sequence)]
    found = [one for target in targets for one in _judge(con, target, load_sequence)]
    return sorted(found, key=lambda one: (one.ids - one.rows, one.file_path))


def _judge(con: duckdb.DuckDBPyConnection, target: SourceObject, load_sequence: int) -> list[SharedIds]:
    births = [sql.name(column.name) for column in target.columns if column.name in _BIRTHS]
    several_births = " or ".join(f"count(distinct {birth}) > 1" for birth in births) or "false"
    rows = con.execute(
        f"""
        with by_id as (
            select _file, _source, _key, count(*) as n_rows
            from raw.{sql.name(target.raw_table)}
            where _load_sequence >= ?
            group by _file_id, _file, _source, _key
            having count(*) > 1 and (
                count(distinct (_version_at, coalesce(_sequence, ''), _extracted_at)) < count(*) or {several_births}
            )
        )
        select _file, _source, count(*), sum(n_rows)::bigint
        from by_id
        group by _file, _source
        """,
        [load_sequence],
    ).fetchall()
    return [SharedIds(file, source, target.name, target.key, ids, count) for file, source, ids, count in rows]
