"""The command line as a person or a scheduler meets it: exit codes, messages, the way back, rows taken back."""

from __future__ import annotations

import json
import os
import shutil
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
from dagster_project.lib import ingest, warehouse
from dagster_project.lib.contracts import load_sources
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
    said, _ = interrupted.communicate(timeout=60)
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
    said, _ = opened.communicate(timeout=60)
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


def test_the_version_and_unusable_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code, said in (
        (["--version"], 0, "plumbline 0."),
        (["run", "--as-of", "31.03.2026"], 2, "'31.03.2026' is not a date"),
        (["ui", "--port", "70000"], 2, "'70000' is not a port"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        shown = capsys.readouterr()
        assert ended.value.code == code
        assert said in shown.out + shown.err


def test_folders_mean_the_same_to_a_process_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    named = Settings.from_env({"PLUMBLINE_HOME": "state", "PLUMBLINE_MAPPINGS": "maps"})
    monkeypatch.chdir("/")
    assert named.folders["PLUMBLINE_HOME"] == str(tmp_path / "state")
    assert Settings.from_env(named.folders) == named


def test_an_unusable_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PLUMBLINE_AS_OF", "31.03.2026")
    assert main(["run"]) == 2
    assert "PLUMBLINE_AS_OF='31.03.2026' is not a date" in capsys.readouterr().err


def test_going_back_without_a_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path))
    for arguments in (["rollback"], ["rollback", "v000001"], ["versions"]):
        assert main(arguments) == 2
        assert "Nothing has been published" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_sample_company_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path))
    out = tmp_path / "company"
    assert main(["simulate", str(out), "--opportunities", "20", "--quarters", "2"]) == 0
    assert list(out.rglob("*.csv"))
    assert main(["simulate", str(out), "--opportunities", "20", "--quarters", "2"]) == 2
    assert "isn't an empty folder" in capsys.readouterr().err
    assert main(["simulate", str(out), "--opportunities", "0"]) == 2
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


def test_a_landing_folder_that_does_not_exist_stops_the_run(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(tmp_path / "landnig"))
    assert main(["run"]) == 1
    said = capsys.readouterr().out
    assert "NOT PUBLISHED" in said
    assert f"{tmp_path / 'landnig'} doesn't exist (nearest: 'landing')" in said
    assert not settings.warehouse_path.exists()


def test_a_landing_folder_without_any_opportunity_stops_the_run_before_dbt(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing))
    (settings.landing / "deals.csv").write_text("Deal,Amount\n1,5\n", encoding="utf-8")
    assert main(["run"]) == 1
    said = capsys.readouterr().out
    assert "no contract or mapping matches (deals.csv)" in said
    assert "plumbline init --out myrules" in said
    assert "Building marts" not in said
    assert "Models:" not in said


def test_check_tells_without_loading(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing))
    assert main(["check"]) == 1
    assert "A RUN WOULD STOP. There is no opportunity to publish" in capsys.readouterr().out
    folder = settings.landing / "generic" / "opportunities"
    folder.mkdir(parents=True)
    (folder / "2026-03-31.csv").write_text("opportunity_id,amount\n1,5\n2,x\n", encoding="utf-8")
    assert main(["check"]) == 0
    assert "A run would publish: 1 opportunities can be read." in capsys.readouterr().out
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing / "none"))
    assert main(["check"]) == 1
    assert "A RUN WOULD STOP. The landing folder" in capsys.readouterr().out
    assert not settings.warehouse_path.exists()


def test_init_writes_rules_that_a_run_takes(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_HOME", str(settings.home))
    monkeypatch.setenv("PLUMBLINE_LANDING", str(settings.landing))
    out = tmp_path / "rules"
    assert main(["init", "--out", str(out)]) == 2
    assert "holds no file" in capsys.readouterr().err
    (settings.landing / "deals-2026-03-31.csv").write_text(
        "Deal,Phase,Value,Opened,Closed\n"
        "1,Talking,100,05/01/2026,\n2,Won,200,06/01/2026,01/03/2026\n3,Lost,200,07/01/2026,02/03/2026\n",
        encoding="utf-8",
    )
    assert main(["init", "--out", str(out)]) == 0
    assert "mappings/ourcrm.yml: deals-*.csv -> opportunities" in capsys.readouterr().out
    assert main(["init", "--out", str(out)]) == 2
    assert "nothing is written over" in capsys.readouterr().err

    monkeypatch.setenv("PLUMBLINE_MAPPINGS", str(out / "mappings"))
    monkeypatch.setenv("PLUMBLINE_SEEDS", str(out / "seeds"))
    assert main(["check"]) == 0
    assert "A run would publish: 3 opportunities" in capsys.readouterr().out
    assert main(["run"]) == 0
    assert current_version(settings.published_path) == "v000001"


def test_all_mistakes_of_settings_mappings_and_seeds_are_one_list_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = shutil.copytree(PROJECT_ROOT / "seeds", tmp_path / "rules")
    (seeds / "plumbline.yml").write_text("reporting_currency: euro\n", encoding="utf-8")
    with (seeds / "roles.csv").open("a", encoding="utf-8") as stream:
        stream.write("Boss,manager,perhaps,false,,,\n")
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    (mappings / "crm.yml").write_text("source: crm\nextends: generik\nownr: me\n", encoding="utf-8")
    for name, value in {"HOME": tmp_path / "home", "SEEDS": seeds, "MAPPINGS": mappings}.items():
        monkeypatch.setenv(f"PLUMBLINE_{name}", str(value))
    assert main(["run"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "NOT PUBLISHED. Nothing has been published yet."
    assert said[1] == "  4 mistakes to correct, nothing was started:"
    assert [line.split(":")[0].strip() for line in said[2:]] == [
        str(seeds / "plumbline.yml"),
        "crm.yml",
        "crm.yml",
        f"{seeds / 'roles.csv'}, line {said[-1].split('line ')[1].split(',')[0]}, column is_ae, value 'perhaps'",
    ]
    assert not (tmp_path / "home").exists()
    assert main(["replay", "--from", "2026-01-01", "--to", "2026-01-02"]) == 2
    assert "4 mistakes to correct" in capsys.readouterr().err
