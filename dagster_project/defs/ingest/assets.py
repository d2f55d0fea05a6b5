"""One op per shipped contract, one asset per object of it; mappings load into the objects of the contract they extend.

The graph begins at the extracts: files that Plumbline doesn't make, one external asset per object.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import dagster as dg
import duckdb

from dagster_project.defs.keys import extract_key, raw_key
from dagster_project.defs.resources import REQUIRED_RESOURCES, RunSession
from dagster_project.lib import ingest, warehouse
from dagster_project.lib.contracts import Source, SourceObject
from dagster_project.lib.ingest import FileReport, ObjectReport
from dagster_project.lib.privacy import read_salt
from dagster_project.lib.run_tags import LOAD

ROWS_CHECK = "rows_in_equals_loaded_plus_quarantined"
DRIFT_CHECK = "columns_as_before"
IngestEvent = dg.MaterializeResult[Any] | dg.AssetCheckResult


def build_extract_assets(sources: Iterable[Source]) -> list[dg.AssetSpec]:
    """The files of every source object, as external assets."""
    return [
        dg.AssetSpec(
            extract_key(source.name, source_object.name),
            group_name="extracts",
            kinds={"file"},
            description=f"Files of {source.name} {source_object.name}: {', '.join(source_object.feed.files)}",
        )
        for source in sources
        for source_object in source.objects
    ]


def build_ingest_assets(sources: Sequence[Source]) -> list[dg.AssetsDefinition]:
    """The raw tables of every contract, each with the check that no row was lost."""
    return [_build_source(sources, source) for source in sources if source.objects]


def _build_source(sources: Sequence[Source], source: Source) -> dg.AssetsDefinition:
    by_key = {raw_key(source_object.raw_table): source_object for source_object in source.objects}

    @dg.multi_asset(
        name=f"ingest_{source.name}",
        description=source.description,
        specs=[_raw_spec(source_object) for source_object in source.objects],
        check_specs=[
            check
            for source_object in source.objects
            for check in (_rows_check(source_object), _drift_check(source_object))
        ],
        can_subset=True,
        required_resource_keys=REQUIRED_RESOURCES,
    )
    def load_source(context: dg.AssetExecutionContext) -> Iterator[IngestEvent]:
        session: RunSession = context.resources.run_session
        settings = session.settings
        context.log.info(f"Loading {source.name} from {settings.landing}")
        with warehouse.connect(settings) as connection:
            ingest.prepare_raw(connection, sources)
            if settings.extracts_until is not None:
                _require_nothing_later(connection, settings.extracts_until)
            ingest.keep_salt(connection, read_salt(settings))
            load_sequence = ingest.next_load_sequence(connection)
            for key, source_object in by_key.items():
                if key not in context.selected_asset_keys:
                    continue
                report = ingest.load_object(
                    connection, settings, sources, source.name, source_object.name, load_sequence
                )
                session.loads.append(report)
                for line in _progress(report):
                    context.log.info(line)
                if report.loaded:
                    context.log_event(_landed(source_object, report))
                yield dg.MaterializeResult(asset_key=key, metadata=_metadata(report, _row_count(connection, report)))
                yield _rows_result(key, report)
                yield _drift_result(key, report)
            session.tag({LOAD: str(ingest.next_load_sequence(connection) - 1)})

    return load_source


def _raw_spec(source_object: SourceObject) -> dg.AssetSpec:
    return dg.AssetSpec(
        raw_key(source_object.raw_table),
        deps=[extract_key(source_object.source, source_object.name)],
        description=f"{source_object.description} Every version of every record, append-only.",
        group_name="raw",
        kinds={"duckdb"},
        skippable=True,
        metadata={
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(column.name, column.type) for column in source_object.columns]
            )
        },
    )


def _rows_check(source_object: SourceObject) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        ROWS_CHECK,
        asset=raw_key(source_object.raw_table),
        description="Every row read was loaded or quarantined, in each file.",
        blocking=True,
    )


def _drift_check(source_object: SourceObject) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        DRIFT_CHECK,
        asset=raw_key(source_object.raw_table),
        description="No file brings other columns, or values of another type, than the one before it.",
        blocking=False,
    )


def _progress(report: ObjectReport) -> Iterator[str]:
    for file in report.loaded:
        quarantined = f", {file.rows_quarantined:,} quarantined" if file.rows_quarantined else ""
        yield f"loaded {file.file_path}: {file.rows_loaded:,} rows{quarantined}"
    for file in report.refused:
        yield f"refused {file.file_path}: {file.reason}"
    if report.later:
        yield f"left for later days, {report.source} {report.object}: {len(report.later)} files"


def _require_nothing_later(connection: duckdb.DuckDBPyConnection, until: datetime) -> None:
    try:
        ingest.require_nothing_later(connection, until)
    except ingest.LaterExtractsError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _landed(source_object: SourceObject, report: ObjectReport) -> dg.AssetMaterialization:
    """That something new of an object has landed: what the freshness of its extracts goes by."""
    return dg.AssetMaterialization(
        extract_key(source_object.source, source_object.name),
        metadata={
            "files": len(report.loaded),
            "bytes": sum(file.byte_count for file in report.loaded),
            "newest_extract": max(str(file.extracted_at) for file in report.loaded),
        },
    )


def _row_count(connection: duckdb.DuckDBPyConnection, report: ObjectReport) -> int:
    row = connection.execute(f'select count(*) from raw."{report.raw_table}"').fetchone()
    assert row is not None
    return row[0]


def _metadata(report: ObjectReport, row_count: int) -> dict[str, Any]:
    return {
        "dagster/row_count": row_count,
        "files_loaded": len(report.loaded),
        "files_repeated": len(report.repeated),
        "files_refused": len(report.refused),
        "files_left_for_later": len(report.later),
        "rows_in": report.rows_in,
        "rows_loaded": report.rows_loaded,
        "rows_stored": report.rows_stored,
        "rows_quarantined": report.rows_quarantined,
        "drift": dg.MetadataValue.json(report.drift),
        "files": dg.MetadataValue.json([_file_metadata(file) for file in report.loaded + report.refused]),
    }


def _file_metadata(file: FileReport) -> dict[str, Any]:
    return {
        "file": file.file_path,
        "status": file.status,
        "reason": file.reason,
        "rows_loaded": file.rows_loaded,
        "rows_quarantined": file.rows_quarantined,
        "missing_columns": file.missing_columns,
        "new_columns": file.new_columns,
        "first_quarantined": [asdict(row) for row in file.quarantine],
    }


def _rows_result(key: dg.AssetKey, report: ObjectReport) -> dg.AssetCheckResult:
    lost = [file for file in report.loaded if file.rows_in != file.rows_loaded + file.rows_quarantined]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ROWS_CHECK,
        passed=not lost,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "files": len(report.loaded),
            "failing_rows": dg.MetadataValue.json(
                [
                    {
                        "file": file.file_path,
                        "rows_in": file.rows_in,
                        "rows_loaded": file.rows_loaded,
                        "rows_quarantined": file.rows_quarantined,
                    }
                    for file in lost
                ]
            ),
        },
    )


def _drift_result(key: dg.AssetKey, report: ObjectReport) -> dg.AssetCheckResult:
    """A warning where columns came, went, changed name or type; a file that lacks a required one is refused as well."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=DRIFT_CHECK,
        passed=not report.drift,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "drift": dg.MetadataValue.json(report.drift),
            "failing_rows": dg.MetadataValue.json([{"drift": sentence} for sentence in report.drift]),
        },
    )
