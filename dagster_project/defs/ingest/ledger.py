"""The ledger over all sources: the last step of ingest, which reports what the run took in."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from dagster_project.defs.keys import raw_key
from dagster_project.defs.resources import REQUIRED_RESOURCES, RunSession
from dagster_project.lib import warehouse
from dagster_project.lib.check.stop_early import has_opportunity, nothing_found
from dagster_project.lib.contracts import Source
from dagster_project.lib.dbt_manifest import config_hash
from dagster_project.lib.figures_source import keep_settings, load_figures
from dagster_project.lib.ingest_report import report_ingest
from dagster_project.lib.landing_watch import note_loaded
from dagster_project.lib.run_report import write_part
from dagster_project.lib.silence import keep_last_files

FILES = raw_key("plumbline_files")
QUARANTINE = raw_key("plumbline_quarantine")
FIGURES = raw_key("plumbline_figures")
PARTS = raw_key("plumbline_figure_parts")
OTHERS = {
    "plumbline_builds": "One row per dbt build that succeeded; the newest is the incremental watermark.",
    "plumbline_readmissions": "One row per quarantined record that a person corrected and a load took back.",
    "plumbline_unread_values": "One row per instant of a loaded record that can't be one and was read as nothing.",
    "plumbline_columns": "One row per declared column, and whether it is personal.",
    "plumbline_salt": "The salt of published hashes, one row.",
    "plumbline_settings": "The hash of what shapes this run's models, one row.",
    "plumbline_last_files": "One row per source: when it last brought a file, and the clock of the run.",
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
            dg.AssetSpec(FIGURES, description="One row per headline figure of each earlier publish.", **shared),
            dg.AssetSpec(PARTS, description="What of a published figure came from which opportunity.", **shared),
        ],
        required_resource_keys=REQUIRED_RESOURCES,
    )
    def ledger(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        session: RunSession = context.resources.run_session
        with warehouse.connect(session.settings) as connection:
            keep_settings(connection, config_hash(session.settings), owns_seeds=session.settings.owns_seeds)
            last = keep_last_files(connection, sources, datetime.now(UTC).replace(tzinfo=None))
            left_out = load_figures(connection, session.settings.figures_path)
            report = report_ingest(connection, session.settings, sources, session.loads)
            is_publishable = has_opportunity(connection, sources)
        for sentence in left_out:
            context.log.warning(sentence)
        silent = [file.sentence for file in last if file.is_late]
        report = replace(report, figure_files_left_out=left_out, silent=silent)
        write_part(session.settings, context.run.run_id, report)
        loaded = {load.raw_table for load in session.loads}
        if loaded >= all_tables and session.settings.extracts_until is None:
            note_loaded(session.settings, session.landing)
        for name in report.unmatched:
            context.log.info(f"left alone, no contract or mapping matches: {name}")
        if not is_publishable:
            raise dg.Failure(nothing_found(session.settings, report), allow_retries=False)
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
        yield dg.MaterializeResult(asset_key=FIGURES, metadata={"files_left_out": dg.MetadataValue.json(left_out)})
        yield dg.MaterializeResult(asset_key=PARTS)

    others = [
        dg.AssetSpec(raw_key(table), group_name="raw", kinds={"duckdb"}, description=description)
        for table, description in OTHERS.items()
    ]
    return [ledger, *others]
