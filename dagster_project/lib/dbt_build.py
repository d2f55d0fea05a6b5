"""Around one dbt build: in full or incrementally, what came of it, and the rows that failed its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import duckdb

from dagster_project.lib import warehouse
from dagster_project.lib.build_record import current_build, newest_watermark
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.dbt_manifest import config_hash
from dagster_project.lib.dbt_process import DbtRun, NodeResult
from dagster_project.lib.privacy import hide_personal, personal_columns
from dagster_project.lib.run_report import CheckLine, DbtReport, Row
from dagster_project.lib.settings import Settings

SAMPLE_ROWS = 5


@dataclass(frozen=True)
class BuildPlan:
    """What to build from: loads up to `load_sequence`, settings hashed as `config_hash`."""

    full_refresh: bool
    load_sequence: int
    config_hash: str


@dataclass
class BuildOutcome:
    """Every finished node of one dbt build."""

    build_id: str
    full_refresh: bool
    results: list[NodeResult] = field(default_factory=list)

    def add(self, result: NodeResult) -> None:
        self.results.append(result)

    def of_kind(self, kind: str) -> list[NodeResult]:
        return [result for result in self.results if result.kind == kind]


def plan_build(settings: Settings) -> BuildPlan:
    """Decide on a full refresh: there was no whole build yet, or what shapes the models isn't as it was then, or one
    that was begun since with other settings, and didn't end, may have left some of its tables."""
    now = config_hash(settings)
    with warehouse.connect(settings, read_only=True) as connection:
        newest = connection.execute(
            "select greatest((select coalesce(max(load_sequence), 0) from raw.plumbline_files), "
            "(select coalesce(max(load_sequence), 0) from raw.plumbline_readmissions))"
        ).fetchone()
        watermark = newest_watermark(connection)
    assert newest is not None
    begun = current_build(settings)
    is_as_it_was = watermark is not None and watermark[1] == now and begun is not None and begun.config_hash == now
    return BuildPlan(full_refresh=not is_as_it_was, load_sequence=newest[0], config_hash=now)


def read_as_of(settings: Settings) -> date | None:
    """The as-of date that the warehouse's marts were computed for."""
    with warehouse.connect(settings, read_only=True) as connection:
        row = connection.execute("select as_of_date from intermediate.int_run_settings").fetchone()
    return row[0] if row else None


def report_build(settings: Settings, manifest: Mapping[str, Any], outcome: BuildOutcome, dbt: DbtRun) -> DbtReport:
    """The report of a build that has ended, with the first rows that failed or warned in each test."""
    tests = outcome.of_kind("test")
    models = outcome.of_kind("model")
    findings = [result for result in tests if result.has_failed or result.has_warned]
    with warehouse.connect(settings, read_only=True) as connection:
        hidden = personal_columns(load_sources(settings))
        lines = [line for result in findings for line in _check_lines(connection, manifest, result, hidden)]
    return DbtReport(
        build_id=outcome.build_id,
        is_full_refresh=outcome.full_refresh,
        models=sum(result.status == "success" for result in models),
        seeds=sum(not result.has_failed for result in outcome.of_kind("seed")),
        tests_passed=sum(result.status == "pass" for result in tests),
        skipped=sum(result.is_skipped for result in outcome.results),
        findings=lines,
        warnings=dbt.warnings,
        errors=dbt.errors if dbt.exit_code != 0 and not lines else [],
        checks={result.name: result.status for result in tests},
    )


def _check_lines(
    connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], result: NodeResult, hidden: frozenset[str]
) -> list[CheckLine]:
    """A line for a test that found something; for one of several rules, a line for each that it found broken."""
    test = manifest["nodes"][result.unique_id]
    reads = [manifest["nodes"][node]["alias"] for node in test["depends_on"]["nodes"] if node in manifest["nodes"]]
    whole = CheckLine(
        name=result.name,
        on=", ".join(reads),
        status="warned" if result.has_warned else "failed",
        count=result.failures,
        description=test["description"] or ("" if result.failures is not None else result.message),
    )
    stored = _stored_rows(connection, test)
    if stored is None:
        return [whole]
    if (test.get("test_metadata") or {}).get("name") != "holds":
        return [replace(whole, rows=_rows(connection, f"select * from {stored}", hidden))]
    lines = []
    keys = test["test_metadata"]["kwargs"].get("unique") or [test["test_metadata"]["kwargs"].get("never_null", [])]
    identifying = {keys[0]} if isinstance(keys[0], str) else set(keys[0])
    for rule, columns, n in connection.execute(
        f"select rule, column_names, count(*) from {stored} group by all order by all"
    ).fetchall():
        named = identifying | set(columns.split(", "))
        # What a value or a row's key is of, the names of the columns say.
        personal = hidden | {"row_key", "value"} if named & hidden else hidden
        query = f"select row_key, value, n from {stored} where rule = ? and column_names = ?"
        rows = _rows(connection, query, personal, [rule, columns])
        lines.append(replace(whole, name=f"{result.name} {rule} {columns}", count=n, rows=rows))
    return lines


def _stored_rows(connection: duckdb.DuckDBPyConnection, test: Mapping[str, Any]) -> str | None:
    """The table with the rows that dbt stored for a test; None where there is none, as where the test could not run."""
    found = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?", [test["schema"], test["alias"]]
    ).fetchone()
    has_rows = found is not None and found[0] and test["config"].get("store_failures")
    return f'"{test["schema"]}"."{test["alias"]}"' if has_rows else None


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, hidden: frozenset[str], parameters: Sequence[str] = ()
) -> list[Row]:
    """The first rows of a query, as reports may show them."""
    cursor = connection.execute(f"{query} order by all limit {SAMPLE_ROWS}", list(parameters))
    names = [column[0] for column in cursor.description or []]
    rows = [dict(zip(names, map(_shown, row), strict=True)) for row in cursor.fetchall()]
    return [hide_personal(row, hidden) for row in rows]


def _shown(value: object) -> object:
    """A value as reports hold it: what JSON has no type for (moments, decimals) as text."""
    return value if value is None or isinstance(value, str | int | float) else str(value)
