"""The landing folder loaded into memory by the very functions that a run loads it with; nothing is kept of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from dagster_project.lib import ingest, warehouse
from dagster_project.lib.check.stop_early import has_opportunity
from dagster_project.lib.contracts import Source
from dagster_project.lib.ingest import ObjectReport
from dagster_project.lib.settings import Settings


@dataclass(frozen=True)
class Look:
    """What a run over an empty home would find. `con` holds the raw tables; `loads` has the objects that have files."""

    settings: Settings
    sources: Sequence[Source]
    con: duckdb.DuckDBPyConnection
    loads: Sequence[ObjectReport]


@contextmanager
def look_at(settings: Settings, sources: Sequence[Source]) -> Iterator[Look]:
    """Load every file of the landing folder into a warehouse in memory, for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="plumbline-") as spill, duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set preserve_insertion_order = true")
        con.execute("set enable_progress_bar = false")
        con.execute("set temp_directory = ?", [spill])
        ingest.prepare_raw(con, sources)
        loads = [
            ingest.load_object(con, settings, sources, source.name, target.name, load_sequence=1)
            for source in sources
            for target in source.objects
        ]
        yield Look(settings, sources, con, [load for load in loads if load.files])


def loaded_before(settings: Settings, sources: Sequence[Source]) -> bool | None:
    """Whether an earlier load of this home holds an opportunity; None where another process keeps the warehouse."""
    if not settings.warehouse_path.exists():
        return False
    try:
        with warehouse.connect(settings, read_only=True) as con:
            return has_opportunity(con, _with_tables(con, sources))
    except duckdb.IOException:
        return None


def _with_tables(con: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> list[Source]:
    """The sources whose raw tables a warehouse has already."""
    rows = con.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
    made = {name for (name,) in rows}
    return [source for source in sources if {entry.raw_table for entry in source.objects} <= made]
