"""The sensor over the landing folder: starts once per state, when it rests, and not for what a run has loaded."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.defs.automation.sensor import SETTLE_SECONDS, build_extracts_sensor
from dagster_project.lib.landing_watch import landing_state, note_loaded
from dagster_project.lib.run_lock import hold_run_lock
from dagster_project.lib.settings import Settings


class Watcher:
    """A sensor that keeps its cursor, and a clock that moves when it is told to."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(folder / "var", folder / "landing", None, folder / "seeds")
        self.seconds = 1_000.0
        self._cursor: str | None = None
        self._sensor = build_extracts_sensor(self.settings, lambda: self.seconds)

    def write(self, name: str, text: str = "id\n1\n") -> Path:
        path = self.settings.landing / "generic" / "opportunities" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def look(self, after: float = 0) -> dg.SensorResult:
        self.seconds += after
        with dg.DagsterInstance.ephemeral() as instance:
            result = self._sensor(dg.build_sensor_context(instance=instance, cursor=self._cursor))
        assert isinstance(result, dg.SensorResult)
        self._cursor = result.cursor or self._cursor
        return result

    def started(self, after: float = 0) -> str | None:
        """Run key of the run that a look starts."""
        requests = self.look(after).run_requests or []
        return requests[0].run_key if requests else None

    def skipped(self, after: float = 0) -> str:
        reason = self.look(after).skip_reason
        assert reason is not None
        return reason.skip_message or ""


@pytest.fixture
def watcher(tmp_path: Path) -> Watcher:
    return Watcher(tmp_path)


def test_nothing_has_landed(watcher: Watcher) -> None:
    assert "No extracts in" in watcher.skipped()
    watcher.write(".partial.csv")
    watcher.write("notes.txt")
    assert "No extracts in" in watcher.skipped(SETTLE_SECONDS)


def test_a_state_that_rests_starts_a_run_under_one_key(watcher: Watcher) -> None:
    watcher.write("a.csv")
    assert "if they rest for 60 s more" in watcher.skipped()
    key = watcher.started(SETTLE_SECONDS)
    assert key == landing_state(watcher.settings.landing)
    assert watcher.started(SETTLE_SECONDS) == key  # Dagster starts one run per key


def test_a_file_that_is_still_written_is_waited_for(watcher: Watcher) -> None:
    watcher.write("a.csv")
    watcher.look()
    watcher.write("a.csv", "id\n1\n2\n")
    assert watcher.started(SETTLE_SECONDS) is None
    assert watcher.started(SETTLE_SECONDS - 1) is None
    assert watcher.started(1) is not None


def test_a_file_of_the_same_size_and_a_newer_time_is_a_new_state(watcher: Watcher) -> None:
    path = watcher.write("a.csv")
    before = landing_state(watcher.settings.landing)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert landing_state(watcher.settings.landing) != before


def test_what_a_run_has_loaded_starts_none(watcher: Watcher) -> None:
    watcher.write("a.csv")
    note_loaded(watcher.settings, landing_state(watcher.settings.landing))
    watcher.look()
    assert watcher.skipped(SETTLE_SECONDS) == "All extracts have been loaded."
    watcher.write("b.csv")
    watcher.look()
    assert watcher.started(SETTLE_SECONDS) is not None


def test_a_run_at_work_is_waited_for_and_a_dead_one_is_not(watcher: Watcher) -> None:
    watcher.write("a.csv")
    watcher.look()
    lock = watcher.settings.lock_path
    with hold_run_lock(lock, "the-other-run", 0):
        assert "waiting for run the-other-run" in watcher.skipped(SETTLE_SECONDS)
    lock.write_text('{"run_id": "killed", "pid": 1, "since": "long ago"}')
    assert watcher.started() is not None
