"""Rows of histories that have no id of their own: the k-th row of one key in one file is a record.

A field that went A, B and back to A within one second is three rows, two of which look alike. They are told apart by
their place among each other, so that repeats in a file stay and the same rows in two files don't double. Where a file
holds several syncs, each tells its rows anew: a repetition within one comes within minutes, the next sync later.
"""

from __future__ import annotations

import duckdb

from dagster_project.lib.contracts import SourceObject
from dagster_project.lib.ingest.batch import BATCH

SAME_SYNC = "10 minutes"
"""Rows of one key that were taken within this after one another were told by one sync."""


def number_repeats(con: duckdb.DuckDBPyConnection, target: SourceObject) -> None:
    """Give the second and later rows of a key in the batch keys and hashes of their own, if the object keeps them."""
    if not target.keeps_repeats:
        return
    good = (
        f"select rowid as id, coalesce(_record, rowid + 1) as n, _key, _extracted_at from {BATCH} "
        "where _keep and _reason is null"
    )
    row = con.execute(f"select exists (select 1 from ({good}) group by _key having count(*) > 1)").fetchone()
    if row is None or not row[0]:
        return
    con.execute(
        f"""
        update {BATCH} as batch
        set _key = md5(batch._key || chr(31) || numbered.k), _row_hash = md5(batch._row_hash || chr(31) || numbered.k)
        from (
            with timed as (
                select *, _extracted_at - lag(_extracted_at) over (
                    partition by _key order by _extracted_at nulls first, n nulls first
                ) as gap
                from ({good})
                qualify count(*) over (partition by _key) > 1
            ),
            parted as (
                select *, count(*) filter (where gap > interval '{SAME_SYNC}') over (
                    partition by _key order by _extracted_at nulls first, n nulls first rows unbounded preceding
                ) as sync
                from timed
            )
            select id, row_number() over (partition by _key, sync order by n nulls first) as k
            from parted
        ) as numbered
        where batch.rowid = numbered.id and numbered.k > 1
        """
    )
