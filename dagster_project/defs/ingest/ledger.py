"""The ledger over all sources: the last step of ingest, which reports what the run took in."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from dagster_project.defs.keys import raw_key
from dagster_project.defs.resources import REQUIRED_RESOURCES, RunSession
from dagster_project.lib.contracts import Source
from dagster_project.lib.ingest_report import report_ingest
from dagster_project.lib.landing_watch import note_loaded
from dagster_project.lib.run_report import write_part

FILES = raw_key("plumbline_files")
QUARANTINE = raw_key("plumbline_quarantine")
OTHERS = {
    "plumbline_builds": "One row per dbt build that succeeded; the newest is the incremental watermark.",
    "plumbline_readmissions": "One row per quarantined record that a person corrected and a load took back.",
    "plumbline_columns": "One row per declared column, and whether it is personal.",
    "plumbline_salt": "The salt of published hashes, one row.",
}


def build_ledger_assets(sources: Sequence[Source]) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """The bookkeeping tables: files and quarantine, reported here; those that a run only keeps, as external assets."""
    all_tables = {source_object.raw_table for source in sources for source_object in source.objects}
    raw_tables = [raw_key(table) for table in sorted(all_tables)]
    shared: dict[str, Any] = {"group_name": "raw", "kinds": {"duckdb"}, "deps": raw_tables}

    @dg.multi_asset(
        name="ledger",
        specs=[
            dg.AssetSpec(FILES, description="One row per file: rows in, loaded, quarantined, status.", **shared),
            dg.AssetSpec(QUARANTINE, description="One row per record that couldn't be read or cast.", **shared),
        ],
        required_resource_keys=REQUIRED_RESOURCES,
    )
    def ledger(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        session: RunSession = context.resources.run_session
        report = report_ingest(session.settings, sources, session.loads)
        write_part(session.settings, context.run.run_id, report)
        loaded = {load.raw_table for load in session.loads}
        if loaded >= all_tables and session.settings.extracts_until is None:
            note_loaded(session.settings, session.landing)
        for name in report.unmatched:
            context.log.info(f"left alone, no contract or mapping matches: {name}")
        yield dg.MaterializeResult(
            asset_key=FILES,
            metadata={
                "files": sum(totals.files_loaded for totals in report.sources),
                "refused": dg.MetadataValue.json(report.refused),
                "unmatched": dg.MetadataValue.json(report.unmatched),
            },
        )
        yield dg.MaterializeResult(
            asset_key=QUARANTINE,
            metadata={
                "rows_quarantined": sum(totals.rows_quarantined for totals in report.sources),
                "first_rows": dg.MetadataValue.json(report.quarantined),
            },
        )

    others = [
        dg.AssetSpec(raw_key(table), group_name="raw", kinds={"duckdb"}, description=description)
        for table, description in OTHERS.items()
    ]
    return [ledger, *others]
