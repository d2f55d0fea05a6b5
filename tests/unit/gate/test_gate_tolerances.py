"""The tolerated relabel share: which fiscal periods count, and what exceeding it means."""

from __future__ import annotations

import pytest
from gate_company import Company, outcome_of

from dagster_project.lib.gate import GateError

CHECK = "relabel_share_tolerated"


def shares(company: Company, **by_period: float | None) -> None:
    for period, share in by_period.items():
        value = "null" if share is None else str(share)
        company.sql(f"insert into governance.agg_relabel_share values ('{period.replace('_', '-')}', {value})")


def test_no_relabeled_amount_passes(company: Company) -> None:
    shares(company, FY2026_Q1=0.0, FY2026_Q2=None)
    outcome = outcome_of(company.run(), CHECK)
    assert outcome.passed
    assert outcome.observed == "none, tolerated 10.0%"


def test_share_within_the_tolerated_rate_is_a_warning(company: Company) -> None:
    company.tolerances("relabel_share,0.10,error,RevOps,Why.")
    shares(company, FY2026_Q1=0.1, FY2026_Q2=0.02)
    outcome = outcome_of(company.run(), CHECK)
    assert not outcome.passed
    assert outcome.severity == "warn"
    assert outcome.observed == "10.0% in FY2026-Q1, 2.0% in FY2026-Q2, tolerated 10.0%"
    assert [row["fiscal_period_id"] for row in outcome.sample_rows] == ["FY2026-Q1", "FY2026-Q2"]


@pytest.mark.parametrize("severity", ["warn", "error"])
def test_share_past_the_tolerated_rate_has_the_severity_of_the_seed(company: Company, severity: str) -> None:
    company.tolerances(f"relabel_share,0.10,{severity},RevOps,Why.")
    shares(company, FY2026_Q1=0.11)
    outcome = outcome_of(company.run(), CHECK)
    assert not outcome.passed
    assert outcome.severity == severity


def test_older_periods_do_not_count(company: Company) -> None:
    shares(company, FY2025_Q4=0.9, FY2026_Q1=0.0, FY2026_Q2=0.0)
    assert outcome_of(company.run(), CHECK).passed


@pytest.mark.parametrize("as_of", ["2026-03-30", "2026-03-31", "2026-01-01"])
def test_the_quarter_before_is_asked_on_every_day_of_a_quarter(company: Company, as_of: str) -> None:
    company.sql(f"update intermediate.int_run_settings set as_of_date = date '{as_of}'")
    shares(company, FY2025_Q4=0.54, FY2026_Q1=0.05)
    outcome = outcome_of(company.run(), CHECK)
    assert [row["fiscal_period_id"] for row in outcome.sample_rows] == ["FY2025-Q4", "FY2026-Q1"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "measure 'relabel_share' has no row"),
        (["relabelshare,0.1,warn,RevOps,Why."], "column measure, value 'relabelshare'"),
        (["relabel_share,0.1,warn,RevOps,Why."] * 2, "give every measure once"),
        (["relabel_share,x,warn,RevOps,Why."], "tolerated_rate, value 'x': give a number"),
    ],
)
def test_wrong_tolerance_is_refused(company: Company, rows: list[str], message: str) -> None:
    company.tolerances(*rows)
    with pytest.raises(GateError, match=f"governance_tolerances.csv.*{message}"):
        company.declared()
