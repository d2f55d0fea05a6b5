"""What the gate is asked and what it answers: plain values, no Great Expectations, no Dagster.

A check's name is unique within its table and is what Dagster shows. Rows and observed values are plain JSON types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warn"]
Scalar = str | int | float | bool | None
Row = dict[str, Scalar]

SEVERITIES: tuple[Severity, ...] = ("error", "warn")
SAMPLE_SIZE = 10


class GateError(RuntimeError):
    """The gate could not ask its questions: a suite, a seed or the warehouse is not as it must be.

    This is never a finding about data. The message names the file, the key, the value and what to do.
    """


@dataclass(frozen=True)
class DeclaredCheck:
    """A check that `run_gate` will answer. `severity` is the worst it can have at run time."""

    name: str
    table: str
    description: str
    severity: Severity


@dataclass(frozen=True)
class CheckOutcome:
    """The answer to one check.

    `severity` says what a failure means in this run: `error` holds the publish back, `warn` doesn't.
    `unexpected_count` of `element_count` rows failed (both None where the check measures the table as a whole, then
    `observed` holds the measured value). `sample_rows` are the first failing rows, at most SAMPLE_SIZE, and
    `docs_path` is the Data Docs page, relative to the Data Docs folder.
    """

    name: str
    table: str
    passed: bool
    severity: Severity
    description: str
    unexpected_count: int | None = None
    element_count: int | None = None
    observed: Scalar = None
    sample_rows: list[Row] = field(default_factory=list)
    docs_path: str | None = None

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "error"


@dataclass(frozen=True)
class GateResult:
    """All outcomes, in declared order, the first page of the Data Docs, and the sample's rules that were set aside."""

    results: list[CheckOutcome]
    data_docs_index: Path
    set_aside: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the build may be published."""
        return not any(outcome.blocks for outcome in self.results)

    def failed(self, severity: Severity) -> Iterator[CheckOutcome]:
        """Outcomes that did not pass and have this severity."""
        return (outcome for outcome in self.results if not outcome.passed and outcome.severity == severity)


def plain(value: object) -> Scalar:
    """A JSON-ready form of a database value: decimals and dates become text, so that no digit is lost."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
