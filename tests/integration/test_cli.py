"""The command line as a person or a scheduler meets it: exit codes, messages, a run that is killed, the way back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.cli import main
from dagster_project.lib.publish import current_version, read_manifest
from dagster_project.lib.run_lock import hold_run_lock
from dagster_project.lib.settings import PROJECT_ROOT, Settings
from dagster_project.simulate import Options, simulate

RUN_SECONDS = 600


def command(settings: Settings, *arguments: str, wait_seconds: int = 0) -> subprocess.Popen[str]:
    environment = os.environ | {
        "PLUMBLINE_HOME": str(settings.home),
        "PLUMBLINE_LANDING": str(settings.landing),
        "PLUMBLINE_LOCK_WAIT_SECONDS": str(wait_seconds),
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


def children_of(pid: int) -> list[int]:
    """Process ids below `pid`, as Linux tells them."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_second_run_ends_with_a_clear_message(settings: Settings) -> None:
    with hold_run_lock(settings.lock_path, "the-first-run", 0):
        second = command(settings, "run")
        output, _ = second.communicate(timeout=RUN_SECONDS)
    assert second.returncode == 1
    assert "in use by run the-first-run" in output
    assert "NOT PUBLISHED" in output
    assert not settings.warehouse_path.exists()


def test_a_killed_run_leaves_no_dbt_behind_and_does_not_block_the_next(settings: Settings) -> None:
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
    while any(Path(f"/proc/{pid}").exists() and "Z" not in process_state(pid) for pid in dbt):
        assert time.monotonic() < deadline, "dbt outlived its run"
        time.sleep(0.1)

    again = command(settings, "run")
    output, _ = again.communicate(timeout=RUN_SECONDS)
    assert again.returncode == 0, output
    assert "The daily job succeeded" in output
    assert "built in full" in output
    assert current_version(settings.published_path) == "v000001"
    assert read_manifest(settings.published_path)["tables"]


def process_state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def test_an_unusable_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PLUMBLINE_AS_OF", "31.03.2026")
    assert main(["run"]) == 2
    assert "PLUMBLINE_AS_OF='31.03.2026' is not a date" in capsys.readouterr().err


def test_going_back_without_a_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path))
    assert main(["rollback"]) == 2
    assert "Nothing has been published" in capsys.readouterr().err


def test_a_sample_company_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path))
    out = tmp_path / "company"
    assert main(["simulate", str(out), "--opportunities", "20", "--quarters", "2"]) == 0
    assert list(out.rglob("*.csv"))
    assert main(["simulate", str(out), "--opportunities", "0"]) == 2
    assert "opportunities=0" in capsys.readouterr().err
