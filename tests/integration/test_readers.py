"""Readers that never let go: they poll the published marts through many publishes and always see one whole version."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.publish import MartTable, current_version, publish
from tests.conftest import DailyRun

PUBLISHES = 20
TABLES = [MartTable("coverage", f"fct_{number}") for number in range(6)]
# A poll resolves the link once, then reads everything of that version; each table says which publish it is of. Arguments:
# published folder, the way to open the database. Standard output: polls, versions seen.
READER = """
import sys, time
from pathlib import Path
published, way = Path(sys.argv[1]), sys.argv[2]
import duckdb
if way == "sqlalchemy":
    import sqlalchemy
def connection(path):
    if way == "sqlalchemy":
        engine = sqlalchemy.create_engine(
            f"duckdb:///{path}", poolclass=sqlalchemy.NullPool, connect_args={"read_only": True}
        )
        opened = engine.connect()
        return opened, lambda query: opened.execute(sqlalchemy.text(query)).fetchall()
    opened = duckdb.connect(str(path), read_only=True)
    return opened, lambda query: opened.execute(query).fetchall()
polls, seen = 0, []
while not (published / "stop").exists():
    version = (published / "current").resolve(strict=True)
    opened, ask = connection(version / "marts.duckdb")
    tables = ask("select table_name from information_schema.tables order by 1")
    marks = set()
    for (table,) in tables:
        for relation in (f"coverage.{table}", f"read_parquet('{version}/parquet/coverage/{table}.parquet')"):
            marks |= {tuple(row) for row in ask(f"select min(publish), max(publish), count(*) from {relation}")}
    opened.close()
    assert len(tables) == 6, tables
    assert len(marks) == 1, marks
    ((first, last, rows),) = marks
    assert first == last and rows == 5000, marks
    assert f"v{first:06d}" == version.name, (first, version)
    polls += 1
    if not seen or seen[-1] != first:
        seen.append(first)
        assert seen == sorted(seen), seen
print(polls, len(seen))
"""


READ_ALL = """
import json, sys
from pathlib import Path
import duckdb
version = Path(sys.argv[1]).resolve(strict=True)
connection = duckdb.connect(str(version / "marts.duckdb"), read_only=True)
read = {}
for table in json.loads((version / "manifest.json").read_text())["tables"]:
    name = table["schema"] + "." + table["name"]
    rows = connection.execute(f"select * from {name}").fetchall()
    assert len(connection.execute(f"select * from read_parquet('{version / table['parquet']}')").fetchall()) == len(rows)
    read[name] = len(rows)
print(json.dumps(read))
"""


def fill(build: Path, number: int) -> None:
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema if not exists coverage")
        for table in TABLES:
            rows = f"select {number}::bigint as publish, i from range(5000) t(i)"
            connection.execute(f"create or replace table coverage.{table.name} as {rows}")


def reader(published: Path, way: str, python: str = sys.executable) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-c", READER, str(published), way], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def readers(published: Path) -> list[subprocess.Popen[str]]:
    """Two plain ones and one through SQLAlchemy; with a Python that has an older DuckDB, one in that too."""
    found = [reader(published, "duckdb"), reader(published, "duckdb"), reader(published, "sqlalchemy")]
    older = os.environ.get("OLDER_DUCKDB_PYTHON")  # `make test` sets it
    return [*found, reader(published, "duckdb", older)] if older else found


def test_readers_see_whole_versions_through_twenty_publishes(tmp_path: Path) -> None:
    build, published = tmp_path / "build.duckdb", tmp_path / "published"
    fill(build, 1)
    publish(published, build, TABLES, {}, 5)
    polling = readers(published)
    try:
        time.sleep(1)
        for number in range(2, PUBLISHES + 2):
            fill(build, number)
            publish(published, build, TABLES, {}, 5)
            time.sleep(1)
    finally:
        (published / "stop").touch()
        said = [process.communicate(timeout=60)[0] for process in polling]
    assert [process.returncode for process in polling] == [0] * len(polling), "\n".join(said)
    polls_and_versions = [tuple(int(number) for number in text.split()) for text in said]
    assert all(polls >= 10 and versions >= 5 for polls, versions in polls_and_versions), polls_and_versions
    assert current_version(published) == f"v{PUBLISHES + 1:06d}"


def test_an_older_duckdb_reads_every_value_of_every_mart(company_run: DailyRun) -> None:
    current = company_run.settings.published_path / "current"
    older = os.environ.get("OLDER_DUCKDB_PYTHON", sys.executable)
    said = subprocess.run([older, "-c", READ_ALL, str(current)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    manifest = json.loads((current / "manifest.json").read_text(encoding="utf-8"))
    assert json.loads(said.stdout) == {
        f"{table['schema']}.{table['name']}": table["rows"] for table in manifest["tables"]
    }


@pytest.mark.parametrize("limit", [4096, 300_000, 1_500_000])
def test_a_publish_that_cannot_write_says_so_and_leaves_nothing_behind(tmp_path: Path, limit: int) -> None:
    """No file may grow past `limit` bytes: the write fails in the middle of a file, as on a full disk, and needs no
    rights. The system calls it `File too large` there."""
    build, published = tmp_path / "build.duckdb", tmp_path / "published"
    fill(build, 1)
    with duckdb.connect(str(build)) as connection:
        connection.execute("create table coverage.fct_big as select i, hash(i)::varchar as h from range(200000) t(i)")
    publish(published, build, TABLES, {}, 5)
    said = limited_publish(published, build, limit)
    assert "No new version could be written under" in said
    assert "`current` still is v000001. Free space or correct the rights." in said
    assert current_version(published) == "v000001"
    assert [path.name for path in (published / "versions").iterdir()] == ["v000001"]
    publish(published, build, [*TABLES, MartTable("coverage", "fct_big")], {}, 5)
    assert current_version(published) == "v000002"


LIMITED = """
import resource, sys
from pathlib import Path
from dagster_project.lib.publish import MartTable, PublishError, publish
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
tables = [MartTable("coverage", f"fct_{number}") for number in range(6)] + [MartTable("coverage", "fct_big")]
try:
    publish(Path(sys.argv[1]), Path(sys.argv[2]), tables, {}, 5)
except PublishError as error:
    print(error)
"""


def limited_publish(published: Path, build: Path, limit: int) -> str:
    arguments = [sys.executable, "-c", LIMITED, str(published), str(build), str(limit)]
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
