"""One op asks all expectations of the build at once; each answer is an asset check.

All are declared blocking; the severity given with an answer decides: ERROR stops the publish, WARN doesn't.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg

from dagster_project.defs.keys import qualified_table_key
from dagster_project.defs.resources import REQUIRED_RESOURCES, RunSession
from dagster_project.lib import gate
from dagster_project.lib.build_record import record_gate
from dagster_project.lib.gate import CheckOutcome, DeclaredCheck, GateResult
from dagster_project.lib.run_report import CheckLine, GateReport, write_part
from dagster_project.lib.sample_use import sample_rows_used
from dagster_project.lib.settings import Settings


def build_gate_checks(settings: Settings) -> dg.AssetChecksDefinition:
    """Every check that the suites under `expectations/` and the rules in `seeds/` declare."""

    @dg.multi_asset_check(
        name="gate",
        description="Great Expectations suites over the build warehouse; an error holds the publish back.",
        specs=[_spec(check) for check in gate.declared_checks(settings)],
        can_subset=True,
        required_resource_keys=REQUIRED_RESOURCES,
    )
    def ask_gate(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        session: RunSession = context.resources.run_session
        settings = session.settings
        context.log.info("Checking the build with Great Expectations")
        result = gate.run_gate(settings)
        record_gate(settings, result.passed)
        report = replace(report_gate(result), assumed=sample_rows_used(settings), set_aside=result.set_aside)
        write_part(settings, context.run.run_id, report)
        for line in report.findings:
            context.log.info(f"gate {line.status}: {line.on} {line.name}, {line.count} rows")
        for outcome in result.results:
            answer = check_result(outcome, result.data_docs_index, settings.data_docs_url)
            if dg.AssetCheckKey(qualified_table_key(outcome.table), outcome.name) in context.selected_asset_check_keys:
                yield answer

    return ask_gate


def check_result(outcome: CheckOutcome, data_docs_index: Path, data_docs_url: str) -> dg.AssetCheckResult:
    """An outcome of the gate as Dagster's."""
    return dg.AssetCheckResult(
        asset_key=qualified_table_key(outcome.table),
        check_name=outcome.name,
        passed=outcome.passed,
        severity=dg.AssetCheckSeverity.ERROR if outcome.severity == "error" else dg.AssetCheckSeverity.WARN,
        description=outcome.description,
        metadata=_metadata(outcome, data_docs_index, data_docs_url),
    )


def report_gate(result: GateResult) -> GateReport:
    """The report of the gate's answers."""
    return GateReport(
        passed=sum(outcome.passed for outcome in result.results),
        findings=[_line(outcome, result.data_docs_index) for outcome in result.results if not outcome.passed],
        data_docs=str(result.data_docs_index),
        checks={f"{outcome.table}.{outcome.name}": _status(outcome) for outcome in result.results},
    )


def _spec(check: DeclaredCheck) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        check.name, asset=qualified_table_key(check.table), description=check.description, blocking=True
    )


def _metadata(outcome: CheckOutcome, data_docs_index: Path, data_docs_url: str) -> dict[str, Any]:
    page = _docs_page(outcome, data_docs_index)
    metadata: dict[str, Any] = {
        "data_docs": dg.MetadataValue.url(f"{data_docs_url}/{quote(os.path.relpath(page, data_docs_index.parent))}"),
        "data_docs_file": dg.MetadataValue.path(page),
    }
    if outcome.unexpected_count is not None:
        metadata["failing_rows"] = outcome.unexpected_count
    if outcome.element_count is not None:
        metadata["rows"] = outcome.element_count
    if outcome.observed is not None:
        metadata["observed"] = str(outcome.observed)
    if outcome.sample_rows:
        metadata["first_failing_rows"] = dg.MetadataValue.json(outcome.sample_rows)
    return metadata


def _line(outcome: CheckOutcome, data_docs_index: Path) -> CheckLine:
    return CheckLine(
        name=outcome.name,
        on=outcome.table,
        status=_status(outcome),
        count=outcome.unexpected_count,
        description=outcome.description,
        rows=[dict(row) for row in outcome.sample_rows],
        link=_docs_page(outcome, data_docs_index),
    )


def _status(outcome: CheckOutcome) -> str:
    if outcome.passed:
        return "passed"
    return "failed" if outcome.blocks else "warned"


def _docs_page(outcome: CheckOutcome, data_docs_index: Path) -> str:
    return str(data_docs_index.parent / outcome.docs_path if outcome.docs_path else data_docs_index)
