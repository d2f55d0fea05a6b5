"""The publish step of a run: only the build that the gate passed, with a manifest that says how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dagster_project.lib.build_record import require_publishable
from dagster_project.lib.company_settings import company_vars
from dagster_project.lib.dbt_build import read_as_of
from dagster_project.lib.dbt_manifest import mart_tables
from dagster_project.lib.figures import append_figures, read_figures, read_known, read_restated
from dagster_project.lib.publish import PublishedVersion, current_version, publish, read_manifest
from dagster_project.lib.run_report import PublishReport, read_report
from dagster_project.lib.settings import Settings
from dagster_project.lib.settings_changes import changes_since, written_files


def publish_build(
    settings: Settings, manifest: Mapping[str, Any], run_id: str
) -> tuple[PublishedVersion, PublishReport]:
    """Publish the marts of the warehouse and append their headline figures.

    Raises NotPublishableError or PublishError; `current` then stays as it was.
    """
    build = require_publishable(settings)
    as_of = read_as_of(settings)
    report = read_report(settings, build.run_id)
    published = settings.published_path
    before = read_manifest(published) if current_version(published) else {}
    files = written_files(settings)
    about = {
        "run_id": run_id,
        "build_id": build.build_id,
        "as_of": as_of,
        "settings": {"as_of_asked": settings.as_of, **company_vars(settings)},
        "files": files,
        "checks": {
            "dbt": report.dbt.checks if report.dbt else {},
            "gate": report.gate.checks if report.gate else {},
        },
    }
    version = publish(published, settings.warehouse_path, mart_tables(manifest), about, settings.keep_versions)
    append_figures(
        settings.figures_path,
        version.marts_path,
        settings.warehouse_path,
        as_of,
        version.content_hash,
        run_id,
        version.version,
        read_known(settings.warehouse_path),
    )
    restated = read_restated(version.marts_path)
    return version, PublishReport(
        version=version.version,
        path=str(published / "current"),
        as_of=str(as_of),
        currency=about["settings"]["reporting_currency"],
        content_hash=version.content_hash,
        tables=len(version.tables),
        rows=sum(table.rows for table in version.tables),
        is_unchanged=before.get("content_hash") == version.content_hash,
        figures=[asdict(figure) for figure in read_figures(version.marts_path)],
        restated=asdict(restated) if restated else {},
        changed=changes_since(before, settings, files) if before else [],
    )
