"""Running dbt as a child process and reading its own log as it goes.

Arguments and environment are made by pure functions. Which nodes to select belongs to the caller; what an event means
for Dagster too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dagster_project.lib.dbt_project import project_path
from dagster_project.lib.settings import PROJECT_ROOT, Settings

RESULT_EVENTS = frozenset({"LogModelResult", "LogTestResult", "LogSeedResult", "LogSnapshotResult"})
TOLD_ELSEWHERE = RESULT_EVENTS | {"RunResultWarning", "RunResultWarningMessage", "CheckNodeTestFailure"}
SKIP_EVENTS = frozenset({"SkippingDetails", "LogSkipBecauseError"})
RELATION_LINE = "plumbline_relation "  # the macro report_relation begins its line with it
FAILED = frozenset({"error", "fail", "runtime error", "partial success"})


class DbtError(RuntimeError):
    """dbt ended with errors; the message holds what it said."""


@dataclass(frozen=True)
class NodeResult:
    """What dbt said about one finished node. `seconds` is its run time; `failures` the rows a test found; `relation` is
    schema.table of what it made, empty for a test; `rows` how many it holds (None for a view or a test), `columns` the
    names and types of its columns."""

    unique_id: str
    name: str
    relation: str
    kind: str
    status: str
    message: str
    position: int
    total: int
    seconds: float
    failures: int | None
    rows: int | None = None
    columns: tuple[tuple[str, str], ...] = ()

    @property
    def has_failed(self) -> bool:
        return self.status in FAILED

    @property
    def has_warned(self) -> bool:
        return self.status == "warn"

    @property
    def is_skipped(self) -> bool:
        return self.status == "skipped"


@dataclass
class DbtRun:
    """One dbt command: iterate `results()` while it runs, then look at `exit_code` and `errors`."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    keep_open: Sequence[int] = ()
    exit_code: int | None = None
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _made: dict[str, dict[str, Any]] = field(default_factory=dict)

    def results(self) -> Iterator[NodeResult]:
        """Start dbt and yield each node as it finishes."""
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster_project.lib.dbt_child", str(os.getpid()), *self.arguments],
            cwd=PROJECT_ROOT,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            pass_fds=tuple(self.keep_open),
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                result = self._read(line.rstrip("\n"))
                if result is not None:
                    yield result
            self.exit_code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()

    def wait(self) -> None:
        """Run to the end. Raises DbtError where dbt failed."""
        for _ in self.results():
            pass
        if self.exit_code != 0:
            raise DbtError(f"dbt {self.arguments[0]} failed:\n" + "\n".join(self.errors))

    def _read(self, line: str) -> NodeResult | None:
        event = parse_event(line)
        if event is None:
            if line.strip():
                self.errors.append(line)
            return None
        if event["info"]["level"] == "error":
            self.errors.append(event["info"]["msg"])
        if event["info"]["level"] == "warn" and event["info"]["name"] not in TOLD_ELSEWHERE:
            self.warnings.append(event["info"]["msg"])
        made = relation_line(event)
        if made is not None:
            self._made[event["data"]["node_info"]["unique_id"]] = made
        result = node_result(event)
        if result is None or result.unique_id not in self._made:
            return result
        made = self._made.pop(result.unique_id)
        return replace(
            result, rows=made["rows"], columns=tuple((name, type_name) for name, type_name in made["columns"])
        )


def parse_event(line: str) -> dict[str, Any] | None:
    """A line of dbt's JSON log; None for anything else, such as a traceback."""
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except json.JSONDecodeError:
        return None
    return event if "info" in event else None


def relation_line(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the macro `report_relation` told of a node: its rows, and its columns as [name, type]; None for all else."""
    said = event["info"]["msg"]
    if event["info"]["name"] != "JinjaLogInfo" or not said.startswith(RELATION_LINE):
        return None
    return json.loads(said.removeprefix(RELATION_LINE))


def node_result(event: Mapping[str, Any]) -> NodeResult | None:
    """The finished node of an event; None for every other event."""
    is_skipped = event["info"]["name"] in SKIP_EVENTS
    if event["info"]["name"] not in RESULT_EVENTS and not is_skipped:
        return None
    data = event["data"]
    node = data["node_info"]
    return NodeResult(
        unique_id=node["unique_id"],
        name=node["node_name"],
        relation=_relation(node),
        kind=node["resource_type"],
        status="skipped" if is_skipped else str(node.get("node_status") or data.get("status", "")).lower(),
        message=event["info"]["msg"],
        position=int(data.get("index") or 0),
        total=int(data.get("total") or data.get("num_models") or 0),
        seconds=float(data.get("execution_time") or 0.0),
        failures=int(data["num_failures"]) if data.get("num_failures") is not None else None,
    )


def _relation(node: Mapping[str, Any]) -> str:
    relation = node.get("node_relation") or {}
    is_made = node["resource_type"] != "test" and relation.get("schema") and relation.get("alias")
    return f"{relation['schema']}.{relation['alias']}" if is_made else ""


def environment(settings: Settings, target_path: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a dbt process over the warehouse of `settings`."""
    return {
        **(os.environ if base is None else base),
        # Relative, so that it is one text for every home: dbt parses all anew where a variable of its profile changed.
        "PLUMBLINE_WAREHOUSE": os.path.relpath(settings.warehouse_path, project_path(settings)),
        "PLUMBLINE_AS_OF": settings.as_of.isoformat() if settings.as_of else "",
        "DBT_PROJECT_DIR": str(project_path(settings)),
        "DBT_PROFILES_DIR": str(project_path(settings)),
        "DBT_TARGET_PATH": str(target_path),
        "DBT_LOG_PATH": str(target_path.parent / "logs"),
        # dbt makes a line of every event for each log, and looks at the level only then: dbt_child tells instead.
        "DBT_LOG_LEVEL": "none",
        "DBT_LOG_LEVEL_FILE": "none",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
        "PYTHONUNBUFFERED": "1",
    }


def build_arguments(full_refresh: bool, selected: Sequence[str] | None) -> list[str]:
    """Arguments of `dbt build`. `selected`: names of the nodes and tests to run, each by itself; None: all of them.

    A build that isn't a full refresh finds views and seeds as the last one with the same settings left them, and leaves
    them alone; the tests on them run.
    dbt's unit tests check the SQL, not the data: they run with the project's own tests, not daily.
    """
    # Nobody reads the manifest and the results that a build writes; writing them twice takes seconds.
    arguments = ["build", "--no-write-json", "--exclude-resource-type", "unit_test"]
    if full_refresh:
        arguments.append("--full-refresh")
    elif selected is None:
        arguments += ["--indirect-selection", "empty", "--exclude", "config.materialized:view", "resource_type:seed"]
    if selected is not None:
        arguments += ["--indirect-selection", "empty", "--select", *selected]
    return arguments
