"""What the loads of a run took in, added up per source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from dagster_project.lib import ingest
from dagster_project.lib.check.losses import find_losses
from dagster_project.lib.contracts import Source
from dagster_project.lib.ingest import FileReport, ObjectReport
from dagster_project.lib.run_report import IngestReport, Row, SourceTotals
from dagster_project.lib.settings import Settings

SHOWN_ROWS = 10


def report_ingest(
    connection: duckdb.DuckDBPyConnection, settings: Settings, sources: Sequence[Source], loads: Iterable[ObjectReport]
) -> IngestReport:
    """The report over the objects loaded in a run; what holds no data is named too. Needs `prepare_raw` before."""
    loads = list(loads)
    files = [file for load in loads for file in load.files]
    return IngestReport(
        sources=[_totals(name, files) for name in sorted({file.source_name for file in files})],
        refused=[_refused(file) for file in files if file.status == "refused"],
        quarantined=[row for file in files if file.status == "loaded" for row in _quarantined(file)][:SHOWN_ROWS],
        unmatched=sorted(str(path) for path in ingest.unmatched_files(settings, sources)),
        losses=find_losses(connection, settings, sources, loads),
        empty_objects=_empty_objects(connection, sources),
    )


def _totals(source_name: str, files: Iterable[FileReport]) -> SourceTotals:
    mine = [file for file in files if file.source_name == source_name]
    loaded = [file for file in mine if file.status == "loaded"]
    return SourceTotals(
        source=source_name,
        files_loaded=len(loaded),
        files_repeated=sum(file.status == "repeated" for file in mine),
        files_refused=sum(file.status == "refused" for file in mine),
        rows_in=sum(file.rows_in for file in loaded),
        rows_loaded=sum(file.rows_loaded for file in loaded),
        rows_stored=sum(file.rows_stored for file in loaded),
        rows_quarantined=sum(file.rows_quarantined for file in loaded),
    )


def _refused(file: FileReport) -> Row:
    return {"file": file.file_path, "object": f"{file.source_name} {file.object_name}", "reason": file.reason}


def _quarantined(file: FileReport) -> list[Row]:
    return [
        {
            "file": row.file_path,
            "record": row.record_number,
            "line": row.line_number,
            "column": row.column_name,
            "value": row.value,
            "reason": row.reason,
        }
        for row in file.quarantine
    ]


def _empty_objects(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> list[str]:
    """Objects without a single row, for contracts of which something has been loaded."""
    empty: list[str] = []
    for source in sources:
        tables = {source_object.name: source_object.raw_table for source_object in source.objects}
        filled = {name for name, table in tables.items() if _has_rows(connection, table)}
        if filled:
            empty += [f"{source.name} {name}" for name in tables if name not in filled]
    return empty


def _has_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return connection.execute(f'select 1 from raw."{table}" limit 1').fetchone() is not None
