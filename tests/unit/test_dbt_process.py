"""What dbt is asked and how its log is read: pure functions."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dagster_project.lib.dbt_process import build_arguments, environment, node_result, parse_event, relation_line
from dagster_project.lib.settings import Settings


def event(name: str, **data: Any) -> dict[str, Any]:
    node = {
        "unique_id": "model.p.a",
        "node_name": "a",
        "resource_type": "model",
        "node_status": "success",
        "node_relation": {"schema": "core", "alias": "a"},
    }
    return {"info": {"name": name, "msg": "said", "level": "info"}, "data": {"node_info": node, **data}}


@pytest.mark.parametrize(
    ("full_refresh", "selected", "expected"),
    [
        (
            False,
            None,
            ["--indirect-selection", "empty", "--exclude", "config.materialized:view", "resource_type:seed"],
        ),
        (True, None, ["--full-refresh"]),
        (False, ["fqn:a", "fqn:b"], ["--indirect-selection", "empty", "--select", "fqn:a", "fqn:b"]),
        (True, ["fqn:a"], ["--full-refresh", "--indirect-selection", "empty", "--select", "fqn:a"]),
    ],
)
def test_build_arguments(full_refresh: bool, selected: list[str] | None, expected: list[str]) -> None:
    assert build_arguments(full_refresh, selected) == [
        "build",
        "--no-write-json",
        "--exclude-resource-type",
        "unit_test",
        *expected,
    ]


def test_the_environment_names_the_warehouse_the_project_and_the_day(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "in", None, tmp_path / "seeds", as_of=date(2026, 3, 31))
    made = environment(settings, tmp_path / "target", base={"KEPT": "yes"})
    assert made["KEPT"] == "yes"
    assert Path(made["DBT_PROJECT_DIR"], made["PLUMBLINE_WAREHOUSE"]).resolve() == settings.warehouse_path.resolve()
    assert (
        made["PLUMBLINE_WAREHOUSE"]
        == environment(Settings(tmp_path / "b", tmp_path, None, tmp_path), tmp_path)["PLUMBLINE_WAREHOUSE"]
    )
    assert made["DBT_PROJECT_DIR"] == made["DBT_PROFILES_DIR"] == str(tmp_path / "dbt" / "project" / "dbt")
    assert made["PLUMBLINE_AS_OF"] == "2026-03-31"
    assert made["DBT_TARGET_PATH"] == str(tmp_path / "target")


def test_an_as_of_date_of_the_caller_does_not_leak_in(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "in", None, tmp_path / "seeds")
    assert environment(settings, tmp_path, base={"PLUMBLINE_AS_OF": "2020-01-01"})["PLUMBLINE_AS_OF"] == ""


def test_a_finished_model_is_read() -> None:
    result = node_result(event("LogModelResult", index=3, total=40, execution_time=1.5))
    assert result is not None
    assert (result.unique_id, result.relation) == ("model.p.a", "core.a")
    assert (result.status, result.position, result.total) == ("success", 3, 40)
    assert not (result.has_failed or result.has_warned or result.is_skipped)


def test_a_failed_test_carries_its_count() -> None:
    failed = event("LogTestResult", num_failures=7, num_models=40)
    failed["data"]["node_info"]["node_status"] = "fail"
    result = node_result(failed)
    assert result is not None
    assert result.has_failed
    assert (result.failures, result.total) == (7, 40)


def test_a_skipped_node_is_not_a_failure() -> None:
    result = node_result(event("SkippingDetails"))
    assert result is not None
    assert result.is_skipped
    assert not result.has_failed


def test_other_events_are_no_results() -> None:
    assert node_result(event("LogStartLine")) is None


def test_what_a_hook_tells_of_a_relation_is_read() -> None:
    said = event("JinjaLogInfo")
    said["info"]["msg"] = 'plumbline_relation {"rows": 3, "columns": [["id", "varchar"]]}'
    assert relation_line(said) == {"rows": 3, "columns": [["id", "varchar"]]}
    said["info"]["msg"] = "anything else that a macro logs"
    assert relation_line(said) is None


@pytest.mark.parametrize("line", ["", "Traceback (most recent call last):", "{not json", '{"other": 1}'])
def test_lines_that_are_no_events(line: str) -> None:
    assert parse_event(line) is None


def test_lines_that_are_events() -> None:
    assert parse_event(json.dumps(event("LogModelResult"))) is not None
