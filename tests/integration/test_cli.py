"""The command line as a person or a scheduler meets it: exit codes, messages, the way back, rows taken back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.cli import main
from dagster_project.lib import ingest, warehouse
from dagster_project.lib.contracts import load_sources
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


def test_quarantined_rows_go_out_and_come_back(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing))
    folder = settings.landing / "generic" / "opportunities"
    folder.mkdir(parents=True)
    (folder / "2026-01-05.csv").write_text("opportunity_id,amount\n1,5\n2,5 EUR\n", encoding="utf-8")
    with warehouse.connect(settings) as connection:
        sources = load_sources(settings)
        ingest.prepare_raw(connection, sources)
        ingest.load_object(connection, settings, sources, "generic", "opportunities", 1)
    out = tmp_path / "rows.csv"
    export = ["quarantine", "export", "--source", "generic", "--object", "opportunities", "--out"]
    assert main([*export, str(settings.published_path / "rows.csv")]) == 2
    assert "lies under what is published" in capsys.readouterr().err
    assert main([*export, str(out)]) == 0
    assert "Wrote 1 quarantined records of generic opportunities" in capsys.readouterr().out
    assert main(["quarantine", "readmit", str(out)]) == 2
    assert "record 2, column amount, value '5 EUR': not a decimal number." in capsys.readouterr().err
    out.write_text(out.read_text(encoding="utf-8").replace('"5 EUR"', '"5"'), encoding="utf-8")
    assert main(["quarantine", "readmit", str(out)]) == 0
    assert "Re-admitted 1 rows into generic opportunities." in capsys.readouterr().out
    assert main(["quarantine", "readmit", str(out)]) == 0
    assert "re-admitted before" in capsys.readouterr().out
    assert main(["quarantine", "readmit", str(tmp_path / "none.csv")]) == 2
    assert "none.csv can't be read" in capsys.readouterr().err


def test_a_home_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path / "a-file"))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(tmp_path / "landing"))
    assert main(["run"]) == 1
    said = capsys.readouterr().out
    assert "NOT PUBLISHED" in said
    assert f"The run could not go on under {tmp_path / 'a-file'}" in said
    assert "Free space or correct the rights" in said
