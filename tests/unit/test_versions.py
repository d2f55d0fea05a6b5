"""Kept versions: what the list says of each, and going to one by name with what that changes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.lib import versions as module
from dagster_project.lib.publish import MartTable, PublishError, current_version, publish
from dagster_project.lib.versions import go_to, version_lines

MARTS = [MartTable("coverage", "fct_x"), MartTable("coverage", "fct_y"), MartTable("ops", "agg_headline_figures")]


def publish_day(folder: Path, day: str, ids: str, open_pipeline: str, **about: Any) -> None:
    """A version as of `day`: `fct_x` with these ids, one figure; `fct_y` is the same in all."""
    warehouse = folder / "build.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema if not exists coverage; create schema if not exists ops")
        connection.execute(f"create or replace table coverage.fct_x as select unnest({ids})::bigint as id")
        connection.execute("create or replace table coverage.fct_y as select 1::bigint as id")
        connection.execute(
            "create or replace table ops.agg_headline_figures as select * from (values "
            f"('open_pipeline', 'company', {open_pipeline}::double, 'money'), ('open_pipeline', 'segment', 1.0, 'money'), "
            "('win_rate', 'company', 0.25, 'ratio')) as t(figure, dimension, value, unit)"
        )
    publish(folder / "published", warehouse, MARTS, {"as_of": day, **about}, 5)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    settings = {"reporting_currency": "USD", "as_of_asked": None}
    publish_day(tmp_path, "2026-03-30", "[1]", "100", settings=settings, files={"seeds/roles.csv": "a"})
    publish_day(
        tmp_path,
        "2026-03-31",
        "[1, 2, 3]",
        "null",
        settings=settings | {"reporting_currency": "EUR", "as_of_asked": "2026-03-31"},
        files={"seeds/roles.csv": "b"},
    )
    publish_day(
        tmp_path,
        "2026-03-31",
        "[3, 2, 1]",
        "null",
        settings=settings | {"reporting_currency": "EUR"},
        files={"seeds/roles.csv": "b"},
    )
    return tmp_path / "published"


def test_versions_are_listed_with_what_differs(published: Path) -> None:
    lines = version_lines(published)
    assert [line[:9] for line in lines[:5:2]] == ["* v000003", "  v000002", "  v000001"]
    assert "as of 2026-03-31, 7 rows, content " in lines[0]
    assert lines[1] == "    since v000002: same content"
    assert lines[3] == (
        "    since v000001: as of 2026-03-31, not 2026-03-30; 2 of 3 marts hold other rows: coverage.fct_x (+2 rows), "
        'ops.agg_headline_figures (as many rows); reporting_currency: "USD" is now "EUR"; seeds/roles.csv: changed'
    )
    assert lines[-1].startswith(f"* is what {published / 'current'} shows")


def test_going_back_says_what_changes_and_going_forward_does_too(published: Path) -> None:
    assert go_to(published, None) == [
        f"{published / 'current'} now is v000002 (was v000003).",
        "  The content is the same.",
    ]
    back = go_to(published, "v000001")
    assert os.readlink(published / "current") == "versions/v000001"
    assert back[1] == "  as of 2026-03-30, not 2026-03-31"
    assert "coverage.fct_x (-2 rows)" in back[2]
    assert back[-1] == "  open_pipeline: 100, was not available"
    assert go_to(published, "v000003")[-1] == "  open_pipeline: not available, was 100"
    assert version_lines(published)[0].startswith("* v000003")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("v000030", r"v000030 isn't kept under .* \(nearest: 'v00000\d'\). `plumbline versions` lists what is."),
        ("v000003", "v000003 is what .*current shows already"),
        ("../../etc", r"\.\./\.\./etc isn't kept"),
    ],
)
def test_a_version_that_is_not_there_is_refused(published: Path, version: str, said: str) -> None:
    with pytest.raises(PublishError, match=said):
        go_to(published, version)
    assert current_version(published) == "v000003"


def test_without_a_version_to_go_to_and_after_going_back(tmp_path: Path) -> None:
    published = tmp_path / "published"
    for ask in (lambda: go_to(published, None), lambda: version_lines(published)):
        with pytest.raises(PublishError, match="Nothing has been published"):
            ask()
    publish_day(tmp_path, "2026-03-30", "[1]", "100")
    with pytest.raises(PublishError, match="v000001 is the oldest version kept"):
        go_to(published, None)
    publish_day(tmp_path, "2026-03-31", "[1]", "100")
    go_to(published, None)
    assert current_version(published) == "v000001"
    publish_day(tmp_path, "2026-03-31", "[1]", "100")
    assert current_version(published) == "v000003"


def test_a_switch_that_fails_leaves_all_as_it_was(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module, "switch_current", fail)
    with pytest.raises(PublishError, match=r"can't be switched: Permission denied\. It still is v000003"):
        go_to(published, "v000001")


def test_a_version_whose_manifest_is_gone_is_named(published: Path) -> None:
    manifest = published / "versions" / "v000001" / "manifest.json"
    manifest.unlink()
    with pytest.raises(PublishError, match=re.escape(f"{manifest} can't be read")):
        version_lines(published)
    with pytest.raises(PublishError, match=r"v000001/manifest\.json can't be read"):
        go_to(published, "v000001")
    assert current_version(published) == "v000003"
