"""Only the build that the gate passed may be published."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.lib import warehouse
from dagster_project.lib.build_record import (
    NotPublishableError,
    current_build,
    finish_build,
    newest_watermark,
    record_gate,
    require_publishable,
    start_build,
)
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.dbt_build import plan_build
from dagster_project.lib.dbt_manifest import config_hash
from dagster_project.lib.ingest import prepare_raw
from dagster_project.lib.settings import PROJECT_ROOT, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path, tmp_path / "landing", None, PROJECT_ROOT / "seeds")
    with warehouse.connect(made) as connection:
        prepare_raw(connection, load_sources(made))
    return made


def build_whole(settings: Settings, load_sequence: int = 1) -> None:
    finish_build(settings, start_build(settings, "run", "hash"), load_sequence, None)


def test_a_whole_build_that_the_gate_passed_is_publishable(settings: Settings) -> None:
    build_whole(settings)
    record_gate(settings, passed=True)
    build = require_publishable(settings)
    assert build.run_id == "run"
    assert build == current_build(settings)


def test_no_build(settings: Settings) -> None:
    assert current_build(settings) is None
    with pytest.raises(NotPublishableError, match="holds no build"):
        require_publishable(settings)
    with pytest.raises(NotPublishableError, match="no build that could be checked"):
        record_gate(settings, passed=True)


def test_a_build_that_did_not_end_or_was_partial(settings: Settings) -> None:
    start_build(settings, "run", "hash")
    record_gate(settings, passed=True)
    with pytest.raises(NotPublishableError, match="only some models"):
        require_publishable(settings)


def test_a_build_that_nobody_judged(settings: Settings) -> None:
    build_whole(settings)
    with pytest.raises(NotPublishableError, match="has not judged"):
        require_publishable(settings)


def test_a_build_that_was_held_back(settings: Settings) -> None:
    build_whole(settings)
    record_gate(settings, passed=False)
    with pytest.raises(NotPublishableError, match="held back"):
        require_publishable(settings)


def test_what_the_gate_said_of_an_earlier_build_does_not_count(settings: Settings) -> None:
    build_whole(settings)
    record_gate(settings, passed=True)
    build_whole(settings)
    with pytest.raises(NotPublishableError, match="has not judged"):
        require_publishable(settings)


def test_the_watermark_moves_only_with_whole_builds(settings: Settings) -> None:
    build_whole(settings, load_sequence=3)
    start_build(settings, "crashed", "hash")
    with warehouse.connect(settings, read_only=True) as connection:
        assert newest_watermark(connection) == (3, "hash")


def test_a_build_is_incremental_only_over_what_the_same_settings_left(settings: Settings) -> None:
    assert plan_build(settings).full_refresh
    now = config_hash(settings)
    finish_build(settings, start_build(settings, "whole", now), 1, None)
    assert not plan_build(settings).full_refresh
    start_build(settings, "begun with other rules, never ended", "other")
    assert plan_build(settings).full_refresh
    start_build(settings, "begun with these, never ended", now)
    finish_build(settings, start_build(settings, "whole", "other"), 2, None)
    assert plan_build(settings).full_refresh
