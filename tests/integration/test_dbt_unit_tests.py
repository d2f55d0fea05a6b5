"""dbt's own unit tests: they check the SQL on rows written beside the models, so they run here and not daily."""

from __future__ import annotations

from dagster_project.lib.dbt_manifest import load_manifest
from dagster_project.lib.dbt_process import DbtRun, environment
from tests.conftest import DailyRun


def test_all_unit_tests_of_the_dbt_project_pass(company_run: DailyRun) -> None:
    settings = company_run.settings
    assert len(load_manifest(settings)["unit_tests"]) > 10
    DbtRun(["test", "--select", "test_type:unit"], environment(settings, settings.dbt_target_path)).wait()
