"""The gate: Great Expectations suites and stage rules, asked of the build warehouse before anything is published.

`declared_checks` lists the checks without importing Great Expectations; `run_gate` answers them and writes Data Docs.
dbt's own tests, Dagster's asset checks and the publish are elsewhere: this package only asks and reports.
"""

from dagster_project.lib.gate.results import (
    CheckOutcome,
    DeclaredCheck,
    GateError,
    GateResult,
    Row,
    Scalar,
    Severity,
)
from dagster_project.lib.gate.run import declared_checks, run_gate

__all__ = [
    "CheckOutcome",
    "DeclaredCheck",
    "GateError",
    "GateResult",
    "Row",
    "Scalar",
    "Severity",
    "declared_checks",
    "run_gate",
]
