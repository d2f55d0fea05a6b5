"""`kill -9` at random instants: what is published stays whole, and a plain re-run gives what an undisturbed run gives.

`make soak` tries many more instants than the tests do daily.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.lib.publish import current_version, list_versions, read_manifest
from dagster_project.lib.settings import Settings
from dagster_project.simulate import Options, simulate
from tests.conftest import SEEDS, DailyRun, reuse_parse
from tests.integration.processes import Watcher, check_published, drain, instants, kill_after, rounds, start, wait_for

RUN = ["-m", "dagster_project.cli", "run"]
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
WHEN = {"_load_sequence", "load_sequence", "loaded_at", "readmitted_at", "readmitted_load_sequence", "record_hash"}


def settings_in(folder: Path, landing: Path) -> Settings:
    return Settings(home=folder, landing=landing, mappings=None, seeds=SEEDS)


def tables(path: Path, schemas: tuple[str, ...]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, without what says when and by which run it came."""
    left_out = {"plumbline_builds", "plumbline_salt"}
    found: dict[str, list[tuple[Any, ...]]] = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            if schema in schemas and table not in left_out:
                name = f'"{schema}"."{table}"'
                columns = [row[0] for row in connection.execute(f"describe {name}").fetchall() if row[0] not in WHEN]
                listed = ", ".join(f'"{column}"' for column in columns)
                found[f"{schema}.{table}"] = connection.execute(f"select {listed} from {name} order by all").fetchall()
    assert found
    return found


def hashes(settings: Settings) -> dict[str, str]:
    listed = read_manifest(settings.published_path)["tables"]
    return {f"{table['schema']}.{table['name']}": table["content_hash"] for table in listed if table["schema"] != "ops"}


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


def finish(arguments: list[str], settings: Settings) -> str:
    process = start(arguments, settings)
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    return said


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
    company_run: DailyRun, tmp_path: Path, parsed_project: Path
) -> None:
    """The first run is killed while dbt writes, the others at any instant."""
    calm = company_run.settings
    shaken = settings_in(tmp_path / "shaken", calm.landing)
    reuse_parse(parsed_project, shaken)
    process = start(RUN, shaken)
    wait_for(process, "Loading")
    began = time.monotonic()
    wait_for(process, "success: staging")
    children = children_of(process.pid)
    assert children
    process.kill()
    process.wait()
    seconds = 2 * (time.monotonic() - began)
    assert current_version(shaken.published_path) is None
    wait_until_ended(children)
    with Watcher(lambda: check_published(shaken.published_path)) as watcher:
        for instant in instants(rounds(1), seconds):
            process = start(RUN, shaken)
            wait_for(process, "Loading")
            drain(process)
            kill_after(process, instant)
        said = finish(RUN, shaken)
        assert watcher.wait_for_a_look()
    assert "The daily job succeeded" in said
    assert tables(shaken.warehouse_path, ("raw",)) == tables(calm.warehouse_path, ("raw",))
    assert hashes(shaken) == hashes(calm)
    marts = [(home.published_path / "current").resolve() / "marts.duckdb" for home in (shaken, calm)]
    assert tables(marts[0], ("ops",)) == tables(marts[1], ("ops",))


def children_of(pid: int) -> list[int]:
    """Process ids below `pid`, as Linux tells them."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until_ended(processes: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() and "Z" not in process_state(pid) for pid in processes):
        assert time.monotonic() < deadline, "dbt outlived its run"
        time.sleep(0.1)


def process_state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
