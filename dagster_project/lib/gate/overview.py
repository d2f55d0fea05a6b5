"""The first page of the Data Docs: every check with its outcome in this run and its first failing rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from dagster_project.lib.gate.results import CheckOutcome, Row
from dagster_project.lib.gate.suites import EXPECTATIONS_FOLDER

STYLES = EXPECTATIONS_FOLDER / "data_docs" / "custom_data_docs" / "styles" / "data_docs_custom_styles.css"


def write_overview(outcomes: Sequence[CheckOutcome], page: Path) -> None:
    """Write the overview of `outcomes` to `page`; links are relative to its folder."""
    counts = Counter(map(_status, outcomes))
    tables = groupby(sorted(outcomes, key=lambda outcome: outcome.table), key=lambda outcome: outcome.table)
    page.write_text(
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="UTF-8"><title>Data Docs</title>'
        f"<style>{STYLES.read_text(encoding='utf-8')}</style></head><body>"
        "<h1>Data Docs</h1>"
        f"<p>{counts['passed']} passed, {counts['warned']} warned, {counts['failed']} failed. "
        "What failed is not published; a warning is.</p>"
        + "".join(f"<h2>{escape(table)}</h2>{_table(found)}" for table, found in tables)
        + "</body></html>\n",
        encoding="utf-8",
    )


def _table(outcomes: Iterable[CheckOutcome]) -> str:
    head = "<tr><th>Outcome</th><th>Check</th><th>Measured</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(map(_line, outcomes))}</tbody></table>"


def _line(outcome: CheckOutcome) -> str:
    status = _status(outcome)
    name = escape(outcome.name)
    name = f'<a href="{escape(outcome.docs_path)}">{name}</a>' if outcome.docs_path else name
    return (
        f'<tr><td class="{status}">{status}</td>'
        f"<td>{name}<br>{escape(outcome.description)}{_rows(outcome.sample_rows)}</td>"
        f"<td>{escape(_measured(outcome))}</td></tr>"
    )


def _rows(rows: list[Row]) -> str:
    if not rows:
        return ""
    columns = list(rows[0])
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row.get(column)))}</td>" for column in columns) + "</tr>" for row in rows
    )
    return f"<details><summary>First failing rows</summary><table><tr>{head}</tr>{body}</table></details>"


def _measured(outcome: CheckOutcome) -> str:
    if outcome.observed is not None:
        return str(outcome.observed)
    if outcome.unexpected_count is None:
        return ""
    of = f" of {outcome.element_count}" if outcome.element_count is not None else ""
    return f"{outcome.unexpected_count}{of} rows failed"


def _status(outcome: CheckOutcome) -> str:
    if outcome.passed:
        return "passed"
    return "failed" if outcome.blocks else "warned"
