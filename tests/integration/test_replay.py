"""Replaying days: each day's publish is what a run would have published then, over a landing folder that knows more."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_project.daily_run import run_replay
from dagster_project.definitions import build_definitions
from dagster_project.instance import open_instance
from dagster_project.lib.run_tags import AS_OF, EXTRACTS_UNTIL, LOAD, MARTS_AS_OF
from dagster_project.lib.settings import Settings
from dagster_project.simulate import Options, simulate
from tests.conftest import SEEDS, DailyRun, RunDaily, reuse_parse


@dataclass(frozen=True)
class Replay:
    """A replay of two days by the job of the UI: its settings, the days, tags by run of the daily job, oldest first."""

    settings: Settings
    days: list[date]
    success: bool
    tags: list[dict[str, str]]

    def manifest(self, version: str) -> dict[str, Any]:
        return json.loads((self.settings.published_path / "versions" / version / "manifest.json").read_text())


def extract_day(path: Path) -> date:
    found = re.search(r"\d{4}-\d{2}-\d{2}", path.name)
    assert found is not None
    return date.fromisoformat(found[0])


def files(landing: Path) -> list[Path]:
    return [path for path in landing.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Replay:
    home = tmp_path_factory.mktemp("replay")
    settings = Settings(home / "var", home / "landing", None, SEEDS, lock_wait_seconds=0)
    simulate(Options(opportunities=40, quarters=3, daily_days=4, dirt=0.0), settings.landing)
    reuse_parse(parsed_project, settings)
    first = min(map(extract_day, files(settings.landing)))
    days = [first, first + timedelta(days=1)]
    job = build_definitions(settings).resolve_job_def("replay")
    config = {"first_day": days[0].isoformat(), "last_day": days[1].isoformat()}
    with open_instance(settings) as instance:
        result = job.execute_in_process(instance=instance, run_config={"ops": {"replay_days": {"config": config}}})
        runs = reversed(instance.get_runs(filters=dg.RunsFilter(job_name="daily")))
        return Replay(settings, days, result.success, [dict(run.tags) for run in runs])


def test_each_day_is_published_in_turn(replay: Replay) -> None:
    assert replay.success
    assert [replay.manifest(version)["as_of"] for version in ("v000001", "v000002")] == list(map(str, replay.days))
    assert len(list(replay.settings.figures_path.glob("*.parquet"))) == 2


def test_each_day_is_a_run_that_says_so(replay: Replay) -> None:
    for day, tags in zip(map(str, replay.days), replay.tags, strict=True):
        assert (tags[AS_OF], tags[EXTRACTS_UNTIL], tags[MARTS_AS_OF]) == (day, day, day)
    assert int(replay.tags[0][LOAD]) < int(replay.tags[1][LOAD])


def test_a_replayed_day_is_what_would_have_been_published_then(
    replay: Replay, daily_run: RunDaily, tmp_path: Path
) -> None:
    for path in files(replay.settings.landing):
        if extract_day(path) <= replay.days[1]:
            copied = tmp_path / "landing" / path.relative_to(replay.settings.landing)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
    assert len(files(tmp_path / "landing")) < len(files(replay.settings.landing))
    then = daily_run(tmp_path / "landing", as_of=replay.days[1])
    assert then.content_hashes == DailyRun(replay.settings, then.finished).content_hashes


def test_a_day_before_what_is_loaded_is_refused(replay: Replay) -> None:
    with open_instance(replay.settings) as instance:
        ((day, finished),) = run_replay(
            replay.settings, instance, replay.days[0], replay.days[1], tell=lambda line: None
        )
    assert day.day == replay.days[0]
    assert finished.error is not None
    assert "The warehouse already holds" in finished.error
    assert "PLUMBLINE_HOME" in finished.error
