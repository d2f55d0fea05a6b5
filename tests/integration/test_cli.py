"""The command line as a person or a scheduler meets it: exit codes, messages, the way back, rows taken back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.cli import main
from dagster_project.lib.run_lock import hold_run_lock
from dagster_project.lib.settings import PROJECT_ROOT, Settings

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


def test_a_second_run_ends_with_a_clear_message(settings: Settings) -> None:
    with hold_run_lock(settings.lock_path, "the-first-run", 0):
        second = command(settings, "run")
        output, _ = second.communicate(timeout=RUN_SECONDS)
    assert second.returncode == 1
    assert "in use by run the-first-run" in output
    assert "NOT PUBLISHED" in output
    assert not settings.warehouse_path.exists()


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
    assert main(["simulate", "--out", str(out), "--opportunities", "20", "--quarters", "2"]) == 0
    assert list(out.rglob("*.csv"))
    assert main(["simulate", "--out", str(out), "--opportunities", "0"]) == 2
    assert "opportunities=0" in capsys.readouterr().err
