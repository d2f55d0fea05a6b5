"""`kill -9` at random instants: what is published stays whole, and a plain re-run gives what an undisturbed run gives.

`make soak` tries many more instants than the tests do daily.
"""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.publish import current_version, list_versions, read_manifest
from dagster_project.simulate import Options, simulate
from tests.conftest import DailyRun, reuse_parse
from tests.integration.processes import (
    PHASES,
    RUN,
    SEED,
    Watcher,
    check_published,
    children_of,
    drain,
    finish,
    instants,
    kill_after,
    phases,
    rounds,
    settings_in,
    start,
    wait_for,
)
from tests.integration.sameness import check_same, tables

INGEST = """
from dagster_project.lib import ingest, warehouse
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.settings import Settings
settings = Settings.from_env()
sources = load_sources(settings)
print("started", flush=True)
with warehouse.connect(settings) as connection:
    ingest.prepare_raw(connection, sources)
    for entry in next(source for source in sources if source.name == "salesforce").objects:
        sequence = ingest.next_load_sequence(connection)
        ingest.load_object(connection, settings, sources, "salesforce", entry.name, sequence)
print("done", flush=True)
"""
PUBLISH = """
import sys
from pathlib import Path
from dagster_project.lib.publish import MartTable, publish
tables = [MartTable("coverage", f"fct_{number}") for number in range(12)]
print("started", flush=True)
publish(Path(sys.argv[1]), Path(sys.argv[2]), tables, {}, 3)
print("done", flush=True)
"""


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed") / "landing"
    simulate(Options(opportunities=30, quarters=2, dirt=0.02), folder)
    return folder


def test_a_killed_load_goes_on_where_it_stopped(landing: Path, tmp_path: Path) -> None:
    calm = settings_in(tmp_path / "calm", landing)
    process = start(["-c", INGEST], calm)
    wait_for(process, "started")
    drain(process)
    began = time.monotonic()
    assert process.wait() == 0
    seconds = time.monotonic() - began
    expected = tables(calm.warehouse_path, ("raw",))
    assert expected["raw.plumbline_quarantine"]
    killed = 0
    for number, instant in enumerate(instants(rounds(3), seconds)):
        shaken = settings_in(tmp_path / f"shaken{number}", landing)
        process = start(["-c", INGEST], shaken)
        wait_for(process, "started")
        drain(process)
        killed += kill_after(process, instant)
        finish(["-c", INGEST], shaken)
        assert tables(shaken.warehouse_path, ("raw",)) == expected
    assert killed


def test_a_killed_publish_leaves_whole_versions(tmp_path: Path) -> None:
    build, published = tmp_path / "build.duckdb", tmp_path / "published"
    settings = settings_in(tmp_path, tmp_path)
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema coverage")
        for number in range(12):
            connection.execute(f"create table coverage.fct_{number} as select i, i * 0.5 as x from range(20000) t(i)")
    arguments = ["-c", PUBLISH, str(published), str(build)]
    began = time.monotonic()
    process = start(arguments, settings)
    wait_for(process, "started")
    drain(process)
    began = time.monotonic()
    assert process.wait() == 0
    seconds = time.monotonic() - began
    content = read_manifest(published)["content_hash"]
    killed = 0
    for instant in instants(rounds(5), seconds):
        before = current_version(published)
        process = start(arguments, settings)
        wait_for(process, "started")
        drain(process)
        killed += kill_after(process, instant)
        after = check_published(published)
        assert after is not None and before is not None and after >= before
        assert read_manifest(published)["content_hash"] == content
        assert after in list_versions(published)
    assert killed
    for _ in range(3):
        finish(arguments, settings)
    assert len(list_versions(published)) == 3
    assert not list((published / "versions").glob(".writing-*"))


def test_a_killed_daily_job_is_made_good_by_the_next(
    company_run: DailyRun, tmp_path: Path, parsed_project: Path, record_property: Callable[[str, object], None]
) -> None:
    """The first run is killed while dbt writes, the others anywhere; files go on landing between them. In a soak every
    tenth run ends in peace, so that the next ones build on it and readers have something to see."""
    calm = company_run.settings
    shaken = settings_in(tmp_path / "shaken", tmp_path / "landing")
    deliveries = files_in_turn(calm.landing, rounds(1))
    deliver(calm.landing, shaken.landing, deliveries[0])
    reuse_parse(parsed_project, shaken)
    process = start(RUN, shaken)
    wait_for(process, PHASES["ingest"])
    began = time.monotonic()
    wait_for(process, PHASES["dbt"])
    seconds = {"ingest": time.monotonic() - began, **phase_seconds(company_run)}
    wait_for(process, "success: staging")
    children = children_of(process.pid)
    assert children
    process.kill()
    process.wait()
    assert current_version(shaken.published_path) is None
    wait_until_ended(children)
    killed: Counter[str] = Counter()
    with Watcher(lambda: check_published(shaken.published_path)) as watcher:
        for number, (phase, instant) in enumerate(phases(rounds(1), seconds), start=1):
            deliver(calm.landing, shaken.landing, deliveries[number])
            process = start(RUN, shaken)
            wait_for(process, PHASES[phase])
            drain(process)
            killed[phase if kill_after(process, instant) else f"{phase}, ended before"] += 1
            if number % 10 == 0:
                finish(RUN, shaken)
        said = finish(RUN, shaken)
        assert watcher.wait_for_a_look()
    record_property("kills", dict(killed))
    assert "The daily job succeeded" in said
    check_same(shaken, calm)


def phase_seconds(run: DailyRun) -> dict[str, float]:
    """How long dbt, the checks and the publish of a run took, as the times of its reports tell."""
    folder = run.home / "runs" / run.finished.run_id
    ended = {part: (folder / f"{part}.json").stat().st_mtime for part in ("ingest", "dbt", "gate", "publish")}
    return {
        "dbt": ended["dbt"] - ended["ingest"],
        "checks": ended["gate"] - ended["dbt"],
        "publish": ended["publish"] - ended["gate"],
    }


def files_in_turn(landing: Path, count: int) -> list[list[Path]]:
    """The files of a landing folder, dealt into one delivery more than `count`, the same in every run of the tests."""
    found = sorted(path.relative_to(landing) for path in landing.rglob("*") if path.is_file())
    random.Random(SEED).shuffle(found)
    return [found[number :: count + 1] for number in range(count + 1)]


def deliver(origin: Path, landing: Path, names: list[Path]) -> None:
    for name in names:
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(origin / name, landing / name)


def wait_until_ended(processes: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() and "Z" not in process_state(pid) for pid in processes):
        assert time.monotonic() < deadline, "dbt outlived its run"
        time.sleep(0.1)


def process_state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
