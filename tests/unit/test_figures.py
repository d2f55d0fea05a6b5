"""Headline figures of publishes: appended once per content, read back as a table."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.figures import (
    HeadlineFigure,
    Known,
    Restated,
    append_figures,
    read_figures,
    read_known,
    read_restated,
)

DAY = date(2026, 3, 31)
NOON = datetime.fromisoformat("2026-03-31T12:00:00")
KNOWN = Known(7, NOON, "hash")


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    path = tmp_path / "marts.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema ops")
        connection.execute(
            "create table ops.agg_headline_figures as "
            "from (values ('won', 'company', 2.0::double, 'count'), ('rate', 'all_time', null, 'ratio')) "
            "t(figure, dimension, value, unit)"
        )
    return path


def test_figures_are_read_in_order(marts: Path) -> None:
    assert read_figures(marts) == [
        HeadlineFigure("rate", "all_time", None, "ratio"),
        HeadlineFigure("won", "company", 2.0, "count"),
    ]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw")
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.int_figure_part_changes as from (values ('won', 'o', 'a', 2::decimal(18, 2))) "
            "t(figure, opportunity_id, owner_id, amount)"
        )
        connection.execute(
            "create table raw.plumbline_builds as from (values (7, 'hash', timestamp '2026-04-01', 'b'), "
            "(3, 'older', timestamp '2026-03-01', 'a')) t(load_sequence, config_hash, finished_at, build_id)"
        )
        connection.execute(
            "create table raw.plumbline_files as from (values ('loaded', 7, timestamp '2026-03-31 12:00:00'), "
            "('refused', 7, timestamp '2026-04-02'), ('loaded', 8, timestamp '2026-04-03')) "
            "t(status, load_sequence, extracted_at)"
        )
    return path


def test_an_identical_publish_adds_nothing(tmp_path: Path, marts: Path, warehouse: Path) -> None:
    folder = tmp_path / "figures"
    first = append_figures(folder, marts, warehouse, DAY, "abc", "run-1", "v000001", KNOWN)
    assert first is not None
    assert append_figures(folder, marts, warehouse, DAY, "abc", "run-2", "v000002", KNOWN) is None
    assert append_figures(folder, marts, warehouse, DAY, "def", "run-3", "v000003", KNOWN) is not None
    assert append_figures(folder, marts, warehouse, date(2026, 4, 1), "abc", "run-4", "v000004", KNOWN) is not None
    assert len(list(folder.glob("*.parquet"))) == len(list((folder / "parts").iterdir())) == 3
    with duckdb.connect() as connection:
        told = "as_of, run_id, load_sequence, newest_extracted_at, config_hash, n_parts, figure"
        rows = connection.execute(f"select {told} from read_parquet('{first}') order by figure").fetchall()
        parts = connection.execute(f"select * from read_parquet('{folder / 'parts' / first.name}')").fetchall()
    assert rows == [(DAY, "run-1", 7, NOON, "hash", 1, "rate"), (DAY, "run-1", 7, NOON, "hash", 1, "won")]
    assert [(*row[:3], float(row[3])) for row in parts] == [("won", "o", "a", 2.0)]


def test_what_a_build_knew_is_what_it_was_built_from(warehouse: Path) -> None:
    assert read_known(warehouse) == KNOWN


def test_marts_without_headline_figures(tmp_path: Path, marts: Path) -> None:
    path = tmp_path / "other.duckdb"
    duckdb.connect(str(path)).close()
    assert read_figures(path) == []
    assert read_restated(path) is None
    assert append_figures(tmp_path / "figures", path, path, DAY, "abc", "run", "v1", KNOWN) is None
    with_figures = append_figures(tmp_path / "figures", marts, path, DAY, "abc", "run", "v1", KNOWN)
    with duckdb.connect() as connection:
        rows = connection.execute(f"select distinct n_parts from read_parquet('{with_figures}')").fetchall()
    assert rows == [(None,)]


def test_the_largest_restatement_in_money_is_told(tmp_path: Path) -> None:
    path = tmp_path / "marts.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema stage_transitions")
        connection.execute(
            "create table stage_transitions.fct_published_figures as from (values "
            "('won', 'company', 'money', 5.0, 6.0, 1.0, true, 'deleted', 1, date '2026-03-31'), "
            "('open', 'company', 'money', 9.0, 2.0, -7.0, true, 'merged', 1, date '2026-03-31'), "
            "('open', 'owner', 'money', 9.0, 0.0, -9.0, true, 'merged', 1, date '2026-03-31'), "
            "('n', 'company', 'count', 99.0, 9.0, -90.0, true, 'merged', 1, date '2026-03-31'), "
            "('rate', 'company', 'ratio', 0.5, null, null, null, null, 1, date '2026-03-31')) "
            "t(figure, dimension, unit, published_value, value_now, difference, is_restated, cause, publish_number, "
            "as_of_date)"
        )
    assert read_restated(path) == Restated(3, 4, "open", "2026-03-31", 9.0, 2.0, "merged")
