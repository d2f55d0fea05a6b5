"""Commands that wait for each other, are killed, interrupted or terminated: what they say, and what they leave behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.cli import main
from dagster_project.instance import open_instance
from dagster_project.lib.publish import current_version
from dagster_project.lib.run_lock import hold_run_lock, holder_of
from dagster_project.lib.settings import PROJECT_ROOT, Settings
from dagster_project.simulate import Options, simulate
from tests.integration.processes import children_of, wait_for

RUN_SECONDS = 600


def command(settings: Settings, *arguments: str, wait_seconds: int = 0, as_of: str = "") -> subprocess.Popen[str]:
    environment = os.environ | {
        "PLUMBLINE_HOME": str(settings.home),
        "PLUMBLINE_LANDING": str(settings.landing),
        "PLUMBLINE_LOCK_WAIT_SECONDS": str(wait_seconds),
        "PLUMBLINE_AS_OF": as_of,
        "PYTHONUNBUFFERED": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "dagster_project.cli", *arguments],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    yield from process.stdout


def test_a_second_run_ends_with_a_clear_message(settings: Settings) -> None:
    with hold_run_lock(settings.lock_path, "the-first-run", 0):
        second = command(settings, "run")
        output, _ = second.communicate(timeout=RUN_SECONDS)
    assert second.returncode == 1
    assert "in use by run the-first-run" in output
    assert "NOT PUBLISHED" in output
    assert not settings.warehouse_path.exists()


def test_a_killed_run_leaves_no_dbt_behind_and_the_next_ones_take_turns(settings: Settings) -> None:
    simulate(Options(opportunities=40, quarters=3), settings.landing)
    killed = command(settings, "run")
    for line in lines_of(killed):
        if "success" in line:
            break
    dbt = children_of(killed.pid)
    assert dbt
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert current_version(settings.published_path) is None
    deadline = time.monotonic() + 10
    while any(map(is_running, dbt)):
        assert time.monotonic() < deadline, "dbt outlived its run"
        time.sleep(0.1)

    days = ["2025-05-31", "2025-06-30"]
    at_once = [command(settings, "run", wait_seconds=RUN_SECONDS, as_of=day) for day in days]
    # Who holds the lock is written an instant after it is taken.
    while not (holder_of(settings.lock_path) or "").startswith("run "):
        assert time.monotonic() < deadline + RUN_SECONDS
        time.sleep(0.1)
    impatient, _ = command(settings, "run", as_of="2025-04-30").communicate(timeout=RUN_SECONDS)
    assert "in use by run" in impatient
    outputs = [process.communicate(timeout=RUN_SECONDS)[0] for process in at_once]
    assert [process.returncode for process in at_once] == [0, 0], "\n".join(outputs)
    assert sum("Waiting for run" in output for output in outputs) == 1
    assert sum("built in full" in output for output in outputs) == 1

    versions = [settings.published_path / "versions" / name for name in ("v000001", "v000002")]
    assert current_version(settings.published_path) == "v000002"
    assert sorted(json.loads((v / "manifest.json").read_text())["as_of"] for v in versions) == days
    first, second = sorted(step_times(settings))
    assert first[1] < second[0]


def step_times(settings: Settings) -> list[tuple[float, float]]:
    """(first step's start, last step's end) of every run that ended well, in seconds."""
    with open_instance(settings) as instance:
        runs = instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS]))
        return [
            (min(step.start_time or 0.0 for step in steps), max(step.end_time or 0.0 for step in steps))
            for steps in (instance.get_run_step_stats(run.run_id) for run in runs)
        ]


def process_state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def test_an_interrupted_run_ends_and_says_so(settings: Settings) -> None:
    folder = settings.landing / "generic" / "opportunities"
    folder.mkdir(parents=True)
    (folder / "2026-01-05.csv").write_text("opportunity_id,amount\n1,5\n", encoding="utf-8")
    interrupted = command(settings, "run")
    wait_for(interrupted, "dbt 5/")
    dbt = children_of(interrupted.pid)
    deadline = time.monotonic() + 60
    while any(map(is_running, dbt)):  # more than once: Dagster forgets one that comes while it keeps its books
        assert time.monotonic() < deadline
        interrupted.send_signal(signal.SIGINT)
        time.sleep(2)
    said, _ = interrupted.communicate(timeout=RUN_SECONDS)
    assert interrupted.returncode == 1
    assert "NOT PUBLISHED. Nothing has been published yet." in said
    assert "dbt_build: the run was interrupted. What was loaded is kept: run again." in said
    assert "Traceback" not in said


def test_a_terminated_ui_ends_all_that_it_started_and_a_taken_port_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
        assert main(["ui", "--port", str(port)]) == 2
        assert f"127.0.0.1:{port} can't be served (Address already in use)" in capsys.readouterr().err
    opened = command(settings, "ui", "--port", str(port))
    wait_for(opened, "Launching Dagster services")
    started: set[int] = set()
    while len(started) < 3:  # Dagster, and its webserver and daemon
        time.sleep(0.1)
        started = below(opened.pid)
    opened.send_signal(signal.SIGTERM)
    said, _ = opened.communicate(timeout=RUN_SECONDS)  # Dagster's services hear of it once they have started
    assert "Traceback" not in said
    deadline = time.monotonic() + 30
    while any(map(is_running, started)):
        assert time.monotonic() < deadline, "something outlived the UI"
        time.sleep(0.1)


def below(pid: int) -> set[int]:
    """All processes below one; none where it has ended meanwhile."""
    try:
        children = children_of(pid)
    except (FileNotFoundError, ProcessLookupError):
        return set()
    return {*children, *(process for child in children for process in below(child))}


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "Z" not in process_state(pid)
