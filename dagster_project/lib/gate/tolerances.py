"""Tolerated rates of findings, and how a rate becomes a severity.

Findings are data: they stand in the marts and are a warning. Past the tolerated rate that `seeds/` names, a measure has
the severity of its seed row.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from dagster_project.lib.gate.results import GateError, Severity
from dagster_project.lib.gate.seeds import SeedRow, read_seed

TOLERANCES_SEED = "governance_tolerances.csv"
TOLERANCE_COLUMNS = ("measure", "tolerated_rate", "severity", "owner", "reason")
MEASURES = ("relabel_share",)


@dataclass(frozen=True)
class Tolerance:
    """One row of the seed: the share (0 to 1) of `measure` that is tolerated, and what exceeding it means."""

    measure: str
    tolerated_rate: Decimal
    severity: Severity
    owner: str
    reason: str


def load_tolerances(seeds: Path) -> dict[str, Tolerance]:
    """Read the tolerances by measure. Raises GateError on an unknown or repeated measure and on a bad cell."""
    tolerances: dict[str, Tolerance] = {}
    for row in read_seed(seeds / TOLERANCES_SEED, TOLERANCE_COLUMNS):
        tolerance = tolerance_of(row)
        if tolerance.measure in tolerances:
            raise row.refuse("measure", "give every measure once")
        tolerances[tolerance.measure] = tolerance
    missing = [measure for measure in MEASURES if measure not in tolerances]
    if missing:
        raise GateError(f"{seeds / TOLERANCES_SEED}: measure {missing[0]!r} has no row. Add one with its tolerance.")
    return tolerances


def tolerance_of(row: SeedRow) -> Tolerance:
    """A row as a tolerance. Raises GateError at its first mistake."""
    return Tolerance(
        measure=row.one_of("measure", MEASURES),
        tolerated_rate=row.share("tolerated_rate"),
        severity=row.severity(),
        owner=row.required("owner"),
        reason=row.required("reason"),
    )


def severity_of(findings: int, judged: int, tolerated_rate: Decimal, severity: Severity) -> Severity:
    """`warn` while findings ÷ judged is at most the tolerated rate, else `severity`."""
    return severity if findings > tolerated_rate * judged else "warn"
