"""The summary of a run as text: what came in, what was checked, what was published, and where it lies.

Numbers come from the run's report; nothing is computed here beyond adding up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dagster_project.lib.figures import figure_text
from dagster_project.lib.run_report import CheckLine, DbtReport, GateReport, IngestReport, PublishReport, Row, RunReport
from dagster_project.lib.settings import Settings

SHOWN_FINDINGS = 10
SHOWN_ROWS = 3
SHOWN_FILES = 10
MAX_VALUE = 60


def render_summary(settings: Settings, report: RunReport, error: str | None) -> str:
    """The text shown when a run has ended; `error` is why it failed, None where it did not."""
    lines = ["", f"Run {report.run_id}", ""]
    lines += ingest_lines(report.ingest) if report.ingest else ["Files: the run ended before they were loaded."]
    if report.dbt:
        lines += ["", *dbt_lines(report.dbt)]
    if report.gate:
        lines += ["", *gate_lines(report.gate)]
    lines += ["", *(publish_lines(report.publish) if report.publish else not_published_lines(settings, error))]
    return "\n".join(lines)


def ingest_lines(ingest: IngestReport) -> list[str]:
    """Files and rows per source, then what was refused, quarantined or left alone."""
    header = ("source", "files", "repeated", "refused", "rows in", "loaded", "stored", "quarantined")
    rows = [
        (
            totals.source,
            f"{totals.files_loaded:,}",
            f"{totals.files_repeated:,}",
            f"{totals.files_refused:,}",
            f"{totals.rows_in:,}",
            f"{totals.rows_loaded:,}",
            f"{totals.rows_stored:,}",
            f"{totals.rows_quarantined:,}",
        )
        for totals in ingest.sources
    ]
    lines = ["Files and rows by source", *_table(header, rows)] if rows else ["Files: nothing new to load."]
    if ingest.refused:
        lines += ["", "Refused files", *(f"  {row['file']}: {row['reason']}" for row in ingest.refused[:SHOWN_FILES])]
        lines += _more(len(ingest.refused), SHOWN_FILES)
    if ingest.quarantined:
        lines += ["", "First quarantined rows", *(f"  {_quarantined(row)}" for row in ingest.quarantined)]
    if ingest.unmatched:
        lines += ["", "Files that no contract or mapping matches (left alone)"]
        lines += [f"  {name}" for name in ingest.unmatched[:SHOWN_FILES]]
        lines += _more(len(ingest.unmatched), SHOWN_FILES)
    if ingest.losses:
        lines += ["", "Asked for or told, and not found (`plumbline check` lists all)"]
        lines += [f"  {sentence}" for sentence in ingest.losses[:SHOWN_FILES]]
        lines += _more(len(ingest.losses), SHOWN_FILES)
    if ingest.figure_files_left_out:
        lines += ["", "Files of published figures that can't be read"]
        lines += [f"  {sentence}" for sentence in ingest.figure_files_left_out[:SHOWN_FILES]]
        lines += _more(len(ingest.figure_files_left_out), SHOWN_FILES)
    if ingest.silent:
        lines += ["", "WARNED: sources that have gone silent", *(f"  {sentence}" for sentence in ingest.silent)]
    if ingest.empty_objects:
        lines += ["", "No data yet for: " + ", ".join(ingest.empty_objects)]
    return lines


def dbt_lines(dbt: DbtReport) -> list[str]:
    """Models and dbt tests, with the first offending rows of tests that did not pass."""
    warned, failed = _count(dbt.findings, "warned"), _count(dbt.findings, "failed")
    how = "built in full" if dbt.is_full_refresh else "built incrementally"
    lines = [
        f"Models: {dbt.models} {how}, {dbt.seeds} seeds, {dbt.skipped} skipped",
        f"dbt tests: {dbt.tests_passed} passed, {warned} warned, {failed} failed",
    ]
    lines += _finding_lines(dbt.findings)
    lines += [f"  {line}" for error in dbt.errors for line in error.splitlines()]
    lines += [f"  dbt warning: {warning.splitlines()[0]}" for warning in dbt.warnings if warning]
    return lines


def gate_lines(gate: GateReport) -> list[str]:
    """Great Expectations checks, with the first offending rows of those that did not pass."""
    warned, failed = _count(gate.findings, "warned"), _count(gate.findings, "failed")
    lines = [f"Expectations: {gate.passed} passed, {warned} warned, {failed} failed"]
    lines += _finding_lines(gate.findings)
    if gate.assumed:
        lines += ["Assumed from the sample company's seeds, until PLUMBLINE_SEEDS names a folder of your own"]
        lines += [f"  {line}" for line in gate.assumed]
    if gate.set_aside:
        lines += ["Rules of the sample company that don't fit and were set aside"]
        lines += [f"  {line}" for line in gate.set_aside[:SHOWN_FINDINGS]] + _more(len(gate.set_aside), SHOWN_FINDINGS)
    if gate.data_docs:
        lines.append(f"Data Docs: {gate.data_docs}")
    return lines


def publish_lines(publish: PublishReport) -> list[str]:
    """Headline figures and where the published marts lie."""
    lines = []
    if publish.figures:
        width = max(len(_figure_name(row)) for row in publish.figures)
        lines.append(f"Headline figures as of {publish.as_of}, money in {publish.currency}")
        lines += [
            f"  {_figure_name(row):<{width}}  {figure_text(row['value'], row['unit'])}" for row in publish.figures
        ]
        lines += [_restated(publish.restated)] if publish.restated.get("restated") else []
        lines.append("")
    if publish.changed:
        lines += ["Settings and rules that changed since the publish before"]
        lines += [f"  {line}" for line in publish.changed[:SHOWN_FILES]] + _more(len(publish.changed), SHOWN_FILES)
        lines.append("")
    same = ", same content as the version before" if publish.is_unchanged else ""
    return [
        *lines,
        f"Published {publish.version}: {publish.tables} marts, {publish.rows:,} rows, "
        f"content {publish.content_hash[:12]}{same}",
        f"  {Path(publish.path) / 'marts.duckdb'}",
        f"  {Path(publish.path) / 'parquet'}",
    ]


def not_published_lines(settings: Settings, error: str | None) -> list[str]:
    """Why nothing was published, and what BI tools still see."""
    current = settings.published_path / "current"
    kept = f"{current} is as it was." if current.is_symlink() else "Nothing has been published yet."
    return [f"NOT PUBLISHED. {kept}", *(f"  {line}" for line in (error or "").splitlines())]


def _finding_lines(findings: Sequence[CheckLine]) -> Iterator[str]:
    ordered = sorted(findings, key=lambda finding: (finding.status != "failed", finding.on, finding.name))
    for finding in ordered[:SHOWN_FINDINGS]:
        count = "" if finding.count is None else f", {finding.count:,} rows"
        about = f": {finding.description}" if finding.description else ""
        yield f"  {finding.status.upper()} {finding.on} {finding.name}{count}{about}"
        for row in finding.rows[:SHOWN_ROWS]:
            yield "      " + ", ".join(f"{name}={_shorten(value)}" for name, value in row.items())
    yield from _more(len(findings), SHOWN_FINDINGS)


def _quarantined(row: Row) -> str:
    place = f"line {row['line']}" if row.get("line") is not None else f"record {row['record']}"
    column = f", column {row['column']}, value {_shorten(row['value'])}" if row.get("column") else ""
    return f"{row['file']}, {place}{column}: {row['reason']}"


def _figure_name(row: Row) -> str:
    return row["figure"] if row["dimension"] == "company" else f"{row['figure']} ({row['dimension']})"


def _restated(row: Row) -> str:
    """One line: how many figures of earlier publishes are other numbers now, and the one that moved by most money."""
    counted = f"Restated since they were published: {row['restated']:,} of {row['published']:,} figures"
    if row["figure"] is None:
        return counted
    moved = f"{row['published_value']:,.2f} is now {row['value_now']:,.2f}"
    return f"{counted}, the largest {row['figure']} as of {row['as_of']}: {moved} ({row['cause']})"


def _count(findings: Iterable[CheckLine], status: str) -> int:
    return sum(finding.status == status for finding in findings)


def _more(total: int, shown: int) -> list[str]:
    return [f"  and {total - shown:,} more"] if total > shown else []


def _shorten(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield "  " + "  ".join(cells)
