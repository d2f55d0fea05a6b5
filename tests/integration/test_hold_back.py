"""What holds a publish back: a blocking expectation, a failed dbt test, marts rebuilt in part. A warning doesn't.

The tests of this module share one company and run in order: the published version must survive each failure.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.definitions import build_definitions
from dagster_project.lib.publish import current_version
from tests.conftest import SEEDS, DailyRun, RunDaily


@pytest.fixture(scope="module")
def published(company_run: DailyRun) -> DailyRun:
    return company_run


def changed_seeds(folder: Path, name: str, change: Callable[[list[dict[str, str]]], None]) -> Path:
    """A copy of the project's seeds with one file changed."""
    seeds = folder / "seeds"
    shutil.copytree(SEEDS, seeds)
    with (seeds / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    with (seeds / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return seeds


def link_of(run: DailyRun) -> str:
    return os.readlink(run.settings.published_path / "current")


def test_a_warning_publishes_and_says_so(published: DailyRun) -> None:
    gate = published.finished.report.gate
    assert gate is not None
    assert [finding.status for finding in gate.findings] == ["warned"] * len(gate.findings)
    assert gate.findings
    assert "WARNED" in published.summary
    assert "NOT PUBLISHED" not in published.summary
    assert set(published.manifest["checks"]["gate"].values()) == {"passed", "warned"}


def test_a_blocking_expectation_leaves_the_published_version(
    published: DailyRun, daily_run: RunDaily, tmp_path: Path
) -> None:
    def tolerate_nothing(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["tolerated_rate"] = "0.0"
            row["severity"] = "error"

    before = link_of(published)
    seeds = changed_seeds(tmp_path, "stage_rules.csv", tolerate_nothing)
    held = daily_run(published.settings.landing, home=published.home, seeds=seeds)
    assert not held.success
    assert held.error is not None
    assert "gate" in held.error
    assert link_of(held) == before
    gate = held.finished.report.gate
    assert gate is not None
    failed = [finding for finding in gate.findings if finding.status == "failed"]
    assert failed
    assert any(finding.rows for finding in failed)
    assert "NOT PUBLISHED" in held.summary
    assert f"FAILED {failed[0].on} {failed[0].name}" in held.summary


def test_a_failed_dbt_test_shows_its_rows_and_leaves_the_published_version(
    published: DailyRun, daily_run: RunDaily, tmp_path: Path
) -> None:
    before = link_of(published)
    seeds = changed_seeds(tmp_path, "metrics.csv", lambda rows: rows.append(dict(rows[0])))
    held = daily_run(published.settings.landing, home=published.home, seeds=seeds)
    assert not held.success
    dbt = held.finished.report.dbt
    assert dbt is not None
    failed = [finding for finding in dbt.findings if finding.status == "failed"]
    assert [finding.name for finding in failed] == ["metrics_holds unique metric"]
    assert [row["n"] for row in failed[0].rows] == [2]
    assert failed[0].rows[0]["row_key"].startswith("metric=")
    assert dbt.skipped > 0
    assert failed[0].name in held.summary
    assert link_of(held) == before


def test_the_next_good_run_publishes_the_same_marts_again(published: DailyRun, daily_run: RunDaily) -> None:
    before = published.content_hashes
    again = daily_run(published.settings.landing, home=published.home)
    assert again.success, again.summary
    assert again.content_hashes == before
    assert current_version(again.settings.published_path) == "v000002"
    publish = again.finished.report.publish
    assert publish is not None
    assert publish.is_unchanged
    assert len(list(again.settings.figures_path.glob("*.parquet"))) == 1


def test_marts_that_were_rebuilt_in_part_are_not_published(published: DailyRun) -> None:
    before = link_of(published)
    definitions = build_definitions(published.settings)
    job = definitions.resolve_implicit_global_asset_job_def()
    mart = dg.AssetKey(["coverage", "fct_ae_coverage"])
    with dg.DagsterInstance.ephemeral() as instance:
        rebuilt = job.execute_in_process(instance=instance, asset_selection=[mart])
        keys = [dg.AssetKey(["published", *name.split(".")]) for name in table_names(published)]
        publishing = job.execute_in_process(instance=instance, asset_selection=keys, raise_on_error=False)
    assert rebuilt.success
    assert [event.asset_key for event in rebuilt.get_asset_materialization_events()] == [mart]
    assert not publishing.success
    said = str([event.step_failure_data.error for event in publishing.all_events if event.is_step_failure])
    assert "rebuilt only some models" in said
    assert link_of(published) == before


def table_names(run: DailyRun) -> list[str]:
    return [f"{table['schema']}.{table['name']}" for table in run.manifest["tables"]]
