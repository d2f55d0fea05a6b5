"""Headline figures of publishes: appended once per content, read back as a table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.figures import HeadlineFigure, append_figures, read_figures

DAY = date(2026, 3, 31)


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


def test_an_identical_publish_adds_nothing(tmp_path: Path, marts: Path) -> None:
    folder = tmp_path / "figures"
    first = append_figures(folder, marts, DAY, "abc", "run-1", "v000001")
    assert first is not None
    assert append_figures(folder, marts, DAY, "abc", "run-2", "v000002") is None
    assert append_figures(folder, marts, DAY, "def", "run-3", "v000003") is not None
    assert append_figures(folder, marts, date(2026, 4, 1), "abc", "run-4", "v000004") is not None
    assert len(list(folder.iterdir())) == 3
    with duckdb.connect() as connection:
        query = f"select as_of, run_id, figure from read_parquet('{first}') order by figure"
        rows = connection.execute(query).fetchall()
    assert rows == [(DAY, "run-1", "rate"), (DAY, "run-1", "won")]


def test_marts_without_headline_figures(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    duckdb.connect(str(path)).close()
    assert read_figures(path) == []
    assert append_figures(tmp_path / "figures", path, DAY, "abc", "run", "v1") is None
