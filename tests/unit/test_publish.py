"""Publishing: whole versions, an atomic switch, nothing changed when it fails."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib import publish as module
from dagster_project.lib.publish import (
    MartTable,
    PublishedVersion,
    PublishError,
    current_version,
    list_versions,
    publish,
    read_manifest,
)

MART = MartTable("coverage", "fct_x", "One row per x.", {"id": "The x's id.", "gone": "Not a column."})
FIGURES = MartTable("ops", "agg_y", "One row per y.")


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "build.duckdb"
    fill(path, "select 1::bigint as id, 10.50::decimal(18,2) as amount, timestamp '2026-01-01' as happened_at")
    return path


def fill(path: Path, query: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists coverage; create schema if not exists ops")
        connection.execute(f"create or replace table coverage.fct_x as {query}")
        connection.execute("create or replace table ops.agg_y as select 'run' as figure")


def publish_marts(tmp_path: Path, warehouse: Path, keep: int = 5) -> PublishedVersion:
    return publish(tmp_path / "published", warehouse, [MART, FIGURES], {"run_id": "r"}, keep)


def test_a_version_holds_database_parquet_and_manifest(tmp_path: Path, warehouse: Path) -> None:
    version = publish_marts(tmp_path, warehouse)
    current = tmp_path / "published" / "current"
    assert os.readlink(current) == f"versions/{version.version}"
    with duckdb.connect(str(current / "marts.duckdb"), read_only=True) as connection:
        assert connection.execute("select id, amount from coverage.fct_x").fetchall()[0][0] == 1
        comments = connection.execute(
            "select column_name, comment from duckdb_columns() where table_name = 'fct_x' order by column_index"
        ).fetchall()
    assert comments[0] == ("id", "The x's id.")
    parquet = current / "parquet" / "coverage" / "fct_x.parquet"
    with duckdb.connect() as connection:
        assert connection.execute(f"select count(*) from read_parquet('{parquet}')").fetchall() == [(1,)]
    manifest = read_manifest(tmp_path / "published")
    assert manifest["run_id"] == "r"
    assert manifest["tables"][0]["rows"] == 1
    assert manifest["tables"][0]["columns"][1] == {"name": "amount", "type": "decimal(18,2)"}
    assert not list(version.path.glob("*.wal"))


def test_the_database_has_a_storage_version_that_older_readers_open(tmp_path: Path, warehouse: Path) -> None:
    version = publish_marts(tmp_path, warehouse)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{version.marts_path}' as marts (read_only)")
        tags = connection.execute("select tags from duckdb_databases() where database_name = 'marts'").fetchall()
    assert "v1.2.0" in str(tags)


def test_equal_content_gives_equal_hashes_in_a_new_version(tmp_path: Path, warehouse: Path) -> None:
    first, second = publish_marts(tmp_path, warehouse), publish_marts(tmp_path, warehouse)
    assert (first.version, second.version) == ("v000001", "v000002")
    assert first.content_hash == second.content_hash
    assert first.tables == second.tables


def test_the_ops_schema_is_outside_the_promise(tmp_path: Path, warehouse: Path) -> None:
    first = publish_marts(tmp_path, warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("insert into ops.agg_y values ('another run')")
    assert publish_marts(tmp_path, warehouse).content_hash == first.content_hash


@pytest.mark.parametrize(
    ("expression", "type_name"),
    [
        ("1::hugeint", "HUGEINT"),
        ("1::integer", "INTEGER"),
        ("timestamptz '2026-01-01 00:00:00Z'", "TIMESTAMP WITH TIME ZONE"),
        ("[1]", "INTEGER[]"),
        ("{'a': 1}", "STRUCT"),
        ("'{}'::json", "JSON"),
        ("1::float", "FLOAT"),
    ],
)
def test_types_that_bi_tools_cannot_rely_on_are_refused(
    tmp_path: Path, warehouse: Path, expression: str, type_name: str
) -> None:
    before = publish_marts(tmp_path, warehouse)
    fill(warehouse, f"select {expression} as odd")
    with pytest.raises(PublishError, match=r"coverage\.fct_x\.odd has type") as refused:
        publish_marts(tmp_path, warehouse)
    assert type_name in str(refused.value)
    assert current_version(tmp_path / "published") == before.version


def test_a_missing_mart_leaves_the_published_version(tmp_path: Path, warehouse: Path) -> None:
    before = publish_marts(tmp_path, warehouse)
    with pytest.raises(PublishError, match=r"coverage\.fct_z is not in the warehouse"):
        publish(tmp_path / "published", warehouse, [MartTable("coverage", "fct_z")], {}, 5)
    assert current_version(tmp_path / "published") == before.version
    assert list_versions(tmp_path / "published") == [before.version]


def test_a_crash_before_the_switch_leaves_the_published_version(
    tmp_path: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = publish_marts(tmp_path, warehouse)

    def crash(published: Path, version: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "switch_current", crash)
        with pytest.raises(KeyboardInterrupt):
            publish_marts(tmp_path, warehouse)
    assert current_version(tmp_path / "published") == before.version
    after = publish_marts(tmp_path, warehouse)
    assert current_version(tmp_path / "published") == after.version


def test_half_written_versions_are_cleared_away(tmp_path: Path, warehouse: Path) -> None:
    leftover = tmp_path / "published" / "versions" / ".writing-v000001"
    leftover.mkdir(parents=True)
    (leftover / "marts.duckdb").write_text("half")
    publish_marts(tmp_path, warehouse)
    assert not leftover.exists()


def test_the_last_versions_are_kept(tmp_path: Path, warehouse: Path) -> None:
    for _ in range(4):
        publish_marts(tmp_path, warehouse, keep=2)
    assert list_versions(tmp_path / "published") == ["v000003", "v000004"]


def test_a_reader_always_finds_a_whole_version(tmp_path: Path, warehouse: Path) -> None:
    publish_marts(tmp_path, warehouse)
    current = tmp_path / "published" / "current"
    problems: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            version = current.resolve()
            manifest = json.loads((version / "manifest.json").read_text())
            if manifest["version"] != version.name or not (version / "marts.duckdb").exists():
                problems.append(f"{version.name} has the manifest of {manifest['version']}")

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(8):
        publish_marts(tmp_path, warehouse)
    done.set()
    reader.join()
    assert not problems
