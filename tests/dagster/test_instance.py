"""Dagster's own records: made once, whoever comes first, and what is written can be read by Dagster's stock storage."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.instance import OPEN_FILES, open_instance
from dagster_project.lib.settings import PROJECT_ROOT, Settings

STARTERS = 4
OPEN = """
from dagster_project.instance import open_instance
from dagster_project.lib.settings import Settings
with open_instance(Settings.from_env()) as instance:
    print(len(instance.get_runs()))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, landing=tmp_path / "landing", mappings=None, seeds=PROJECT_ROOT / "seeds")


def test_several_may_start_at_once_on_a_folder_that_has_nothing(tmp_path: Path) -> None:
    environment = os.environ | {"PLUMBLINE_HOME": str(tmp_path)}
    at_once = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(STARTERS)
    ]
    said = [process.communicate(timeout=300)[0] for process in at_once]
    assert [process.returncode for process in at_once] == [0] * STARTERS, "\n".join(said)
    assert [text.strip() for text in said] == ["0"] * STARTERS


@dg.asset
def numbers() -> None:
    """An asset of nothing."""


def test_events_of_many_runs_are_read_by_dagsters_own_storage(settings: Settings, tmp_path: Path) -> None:
    runs = OPEN_FILES + 2
    with open_instance(settings) as instance:
        ids = [dg.materialize([numbers], instance=instance).run_id for _ in range(runs)]
        assert [len(instance.all_logs(run_id)) > 5 for run_id in ids] == [True] * runs
    config = settings.dagster_home / "dagster.yaml"
    config.write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as stock:
        assert type(stock.event_log_storage).__name__ == "SqliteEventLogStorage"
        assert {record.run_id for record in stock.fetch_materializations(numbers.key, limit=100).records} == set(ids)
        assert [len(stock.all_logs(run_id)) > 5 for run_id in ids] == [True] * runs
