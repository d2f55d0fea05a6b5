"""Entry point for Dagster: assembles the definitions of every step. No logic here.

`build_definitions` takes the settings, so that tests run the same job over folders of their own.
"""

import dagster as dg

from dagster_project.defs.automation.daily import DAILY, DAILY_SCHEDULE
from dagster_project.defs.automation.policies import apply_policies
from dagster_project.defs.automation.progress import progress_logger
from dagster_project.defs.dbt.assets import build_dbt_assets
from dagster_project.defs.governance.checks import build_gate_checks
from dagster_project.defs.ingest.assets import build_extract_assets, build_ingest_assets
from dagster_project.defs.ingest.ledger import build_ledger_assets
from dagster_project.defs.publish.assets import build_published_assets
from dagster_project.defs.resources import RUN_SESSION, build_run_session
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.dbt_manifest import load_manifest
from dagster_project.lib.settings import Settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """All assets, checks, the daily job and its schedule, over the folders of `settings`."""
    sources = load_sources(settings)
    manifest = load_manifest(settings)
    assets = [
        *build_extract_assets(sources),
        *build_ingest_assets(settings, sources),
        *build_ledger_assets(settings, sources),
        build_dbt_assets(settings, manifest),
        build_published_assets(settings, manifest),
    ]
    return dg.Definitions(
        assets=dg.map_asset_specs(apply_policies, assets),
        asset_checks=[build_gate_checks(settings)],
        jobs=[DAILY],
        schedules=[DAILY_SCHEDULE],
        resources={RUN_SESSION: build_run_session(settings)},
        executor=dg.in_process_executor,
        loggers={"progress": progress_logger},
    )


@dg.definitions
def definitions() -> dg.Definitions:
    """The project over the folders that the environment names."""
    return build_definitions(Settings.from_env())
