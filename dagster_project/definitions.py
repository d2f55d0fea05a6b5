"""Entry point for Dagster: assembles the definitions of every step. No logic here.

`build_definitions` takes the settings, so that tests run the same job over folders of their own.
"""

from functools import partial

import dagster as dg

from dagster_project.defs.automation.daily import DAILY, DAILY_SCHEDULE
from dagster_project.defs.automation.policies import build_policies
from dagster_project.defs.automation.progress import progress_logger
from dagster_project.defs.automation.replay import build_replay_job
from dagster_project.defs.automation.sensor import build_extracts_sensor
from dagster_project.defs.dbt.assets import build_dbt_assets
from dagster_project.defs.governance.checks import build_gate_checks
from dagster_project.defs.ingest.assets import build_extract_assets, build_ingest_assets
from dagster_project.defs.ingest.ledger import build_ledger_assets
from dagster_project.defs.publish.assets import build_published_assets
from dagster_project.defs.resources import RUN_SESSION, build_run_session
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.dbt_manifest import load_manifest
from dagster_project.lib.preflight import require_usable
from dagster_project.lib.run_lock import RunLock
from dagster_project.lib.settings import Settings


def build_definitions(settings: Settings, held: RunLock | None = None) -> dg.Definitions:
    """All assets and checks, the daily job, its schedule and sensor, and the replay, over the folders of `settings`.

    With `held`, runs go under a run lock that this process has already. Raises MistakesError where settings, mappings
    or seeds can't be used.
    """
    require_usable(settings)
    sources = load_sources(settings)
    manifest = load_manifest(settings)
    assets = [
        *build_extract_assets(sources),
        *build_ingest_assets(sources),
        *build_ledger_assets(sources),
        build_dbt_assets(manifest),
        build_published_assets(manifest),
    ]
    return dg.Definitions(
        assets=dg.map_asset_specs(build_policies(sources), assets),
        asset_checks=[build_gate_checks(settings)],
        jobs=[DAILY, build_replay_job(settings, partial(build_daily_job, settings))],
        schedules=[DAILY_SCHEDULE],
        sensors=[build_extracts_sensor(settings)],
        resources={RUN_SESSION: build_run_session(settings, held)},
        executor=dg.in_process_executor,
        loggers={"progress": progress_logger},
    )


def build_daily_job(settings: Settings, held: RunLock | None = None) -> dg.JobDefinition:
    """The daily job over the folders of `settings`, ready to be executed in this process."""
    return build_definitions(settings, held).resolve_job_def(DAILY.name)


@dg.definitions
def definitions() -> dg.Definitions:
    """The project over the folders that the environment names."""
    return build_definitions(Settings.from_env())
