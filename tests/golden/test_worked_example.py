"""The requirement's worked example through the whole daily job: extracts of a made-up CRM in, the published row out.

One account executive with a quota of $1.2M a year. The four quarters of 2025 closed at a yield of exactly 25 % overall,
32 % self-sourced, 21 % from sales development, 28 % inbound; partner deals that all got lost make the blend. In the
first quarter of 2026 $480k, $380k and $290k cleared the bar. What each deal's source is, only its records say: answered
e-mails, connected calls, requests for contact, referrals.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DailyRun, RunDaily

AS_OF = date(2026, 3, 31)
PIPELINE = "new_business"
AE, SDR = "ada", "sid"
HISTORIC_AMOUNT = 10_000
QUARTER_STARTS = [datetime(2025, month, 1, 9, tzinfo=UTC) for month in (1, 4, 7, 10)]

Row = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A class of deals: who opens them, how many closed in 2025 and were won, what cleared the bar in Q1 of 2026."""

    name: str
    creator: str
    n_closed: int
    n_won: int
    created_amounts: tuple[int, ...]


SOURCES = (
    Source("self", AE, n_closed=50, n_won=16, created_amounts=(120_000, 120_000, 120_000, 120_000)),
    Source("sdr", SDR, n_closed=100, n_won=21, created_amounts=(95_000, 95_000, 95_000, 95_000)),
    Source("inbound", AE, n_closed=50, n_won=14, created_amounts=(145_000, 145_000)),
    Source("partner", AE, n_closed=4, n_won=0, created_amounts=()),
)


class Crm:
    """Rows of the generic source's objects as they pile up, by object."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {
            "users": [
                {
                    "user_id": AE,
                    "user_name": "Ada",
                    "role": "ae",
                    "team": "East",
                    "segment": "SMB",
                    "started_on": "2020-01-01",
                },
                {"user_id": SDR, "user_name": "Sid", "role": "sdr", "team": "East", "started_on": "2020-01-01"},
            ],
            "quotas": [
                {"user_id": AE, "period_type": "year", "period_start": "2026-01-01", "quota_amount": 1_200_000},
            ],
            "stages": [
                _stage("Discovery", 1, is_open=True, is_pipeline=True),
                _stage("Accepted", 2, is_open=True, is_pipeline=True, is_qualified=True),
                _stage("Won", 3, is_qualified=True, is_won=True),
                _stage("Lost", 4),
            ],
        }

    def add(self, name: str, **row: Any) -> None:
        self.rows.setdefault(name, []).append(row)

    def write(self, landing: Path) -> None:
        for name, rows in self.rows.items():
            folder = landing / "generic" / name
            folder.mkdir(parents=True)
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (folder / f"{name}_2026-04-01.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)

    def open_deal(self, deal: str, source: Source, amount: int, created_at: datetime, close_date: date) -> datetime:
        """A deal that clears the bar 10 days after its creation, which is returned."""
        self.add(
            "accounts", account_id=f"{deal}-account", account_name=deal, created_at=created_at - timedelta(days=30)
        )
        self._leave_evidence(deal, source, created_at)
        accepted_at = created_at + timedelta(days=10)
        self.add(
            "opportunities",
            opportunity_id=deal,
            pipeline_id=PIPELINE,
            stage="Accepted",
            amount=amount,
            close_date=close_date,
            owner_id=AE,
            account_id=f"{deal}-account",
            created_at=created_at,
            created_by_id=source.creator,
            modified_at=accepted_at,
        )
        self._change(deal, "stage", None, "Discovery", created_at, source.creator)
        self._change(deal, "amount", None, amount, created_at, source.creator)
        self._change(deal, "stage", "Discovery", "Accepted", accepted_at, AE)
        return accepted_at

    def close_deal(self, deal: str, closed_at: datetime, *, is_won: bool) -> None:
        """End the deal that was opened last; a lost one gets the amount 0, as CRMs do."""
        record = self.rows["opportunities"][-1]
        stage = "Won" if is_won else "Lost"
        if not is_won:
            self._change(deal, "amount", record["amount"], 0, closed_at, AE)
            record["amount"] = 0
        self._change(deal, "stage", "Accepted", stage, closed_at, AE)
        record.update(stage=stage, modified_at=closed_at)

    def _change(self, deal: str, field: str, old: Any, new: Any, changed_at: datetime, by: str) -> None:
        self.add(
            "opportunity_changes",
            opportunity_id=deal,
            field=field,
            old_value=old,
            new_value=new,
            changed_at=changed_at,
            changed_by_id=by,
            sequence_number=len(self.rows.get("opportunity_changes", [])) + 1,
        )

    def _leave_evidence(self, deal: str, source: Source, created_at: datetime) -> None:
        before = created_at - timedelta(days=7)
        if source.name == "self":
            self._act(deal, source, "email", before, direction="out")
            self._act(deal, source, "email", before + timedelta(days=1), direction="in")
        elif source.name == "sdr":
            self._act(deal, source, "call", before, direction="out", duration_seconds=240)
        elif source.name == "inbound":
            self._touch(deal, "Content", "Requested Contact", before)
        else:
            self._touch(deal, "Partner", "Referred", before)

    def _act(self, deal: str, source: Source, kind: str, occurred_at: datetime, **details: Any) -> None:
        self.add(
            "activities",
            activity_id=f"{deal}-{occurred_at:%d}",
            activity_type=kind,
            opportunity_id=deal,
            owner_id=source.creator,
            created_by_id=source.creator,
            occurred_at=occurred_at,
            **details,
        )

    def _touch(self, deal: str, kind: str, status: str, touched_at: datetime) -> None:
        self.add(
            "touches",
            touch_id=f"{deal}-1",
            opportunity_id=deal,
            touch_type=kind,
            touch_status=status,
            touched_at=touched_at,
        )


def _stage(stage: str, order: int, **flags: bool) -> Row:
    flags = {flag: flags.get(flag, False) for flag in ("is_open", "is_pipeline", "is_qualified", "is_won")}
    return {"pipeline_id": PIPELINE, "stage": stage, "stage_order": order, **flags}


def _worked_example() -> Crm:
    crm = Crm()
    for source in SOURCES:
        for number in range(source.n_closed):
            deal = f"{source.name}-2025-{number:03}"
            start = QUARTER_STARTS[number % 4] + timedelta(days=number % 40)
            accepted_at = crm.open_deal(deal, source, HISTORIC_AMOUNT, start, start.date() + timedelta(days=40))
            crm.close_deal(deal, accepted_at + timedelta(days=30), is_won=number < source.n_won)
        for number, amount in enumerate(source.created_amounts):
            deal = f"{source.name}-2026-{number}"
            crm.open_deal(deal, source, amount, datetime(2026, 1, 12 + number, 9, tzinfo=UTC), date(2026, 5, 15))
    return crm


@pytest.fixture(scope="module")
def run(daily_run: RunDaily, tmp_path_factory: pytest.TempPathFactory) -> DailyRun:
    landing = tmp_path_factory.mktemp("worked_example")
    _worked_example().write(landing)
    finished = daily_run(landing=landing, as_of=AS_OF)
    assert finished.success, finished.error
    return finished


def _coverage(run: DailyRun, columns: Iterable[str], horizon: int = 0) -> dict[str, Any]:
    names = list(columns)
    rows = run.rows(
        f"select {', '.join(names)} from coverage.fct_ae_coverage where ae_id = ? and horizon = ?", [AE, horizon]
    )
    assert len(rows) == 1
    return dict(zip(names, rows[0], strict=True))


def _check(found: dict[str, Any], expected: dict[str, Any]) -> None:
    exact = {name: value for name, value in expected.items() if not isinstance(value, float)}
    assert {name: found[name] for name in exact} == exact
    for name in expected.keys() - exact.keys():
        assert found[name] == pytest.approx(expected[name], rel=1e-11), name


def test_evidence_decides_each_deal(run: DailyRun) -> None:
    found = run.rows(
        "select evidence_function, creator_role, count(*), sum(case when is_won then 1 else 0 end)"
        " from core.dim_opportunities where opportunity_id like '%-2025-%' group by all order by all"
    )
    assert found == [
        ("marketing_inbound", "ae", 50, 14),
        ("outbound_ae", "ae", 50, 16),
        ("outbound_sdr", "sdr", 100, 21),
        ("partner", "ae", 4, 0),
    ]


def test_yields_by_source_are_those_of_the_example(run: DailyRun) -> None:
    found = run.warehouse_rows(
        "select scope_id, yield_raw from intermediate.int_pipeline_yields"
        " where fiscal_period_id = 'FY2026-Q1' and scope in ('source', 'company') and yield_basis = 'amount'"
    )
    assert dict(found) == {
        "company": 0.25,
        "outbound_ae/ae": 0.32,
        "outbound_sdr/sdr": 0.21,
        "marketing_inbound/ae": 0.28,
        "partner/ae": 0.0,
    }


def test_required_coverage_is_four_times_the_quota(run: DailyRun) -> None:
    expected = {
        "fiscal_period_id": "FY2026-Q1",
        "as_of_date": AS_OF,
        "quota_amount": Decimal("300000.00"),
        "required_basis": "amount",
        "pipeline_yield_numerator": Decimal("510000.00"),
        "pipeline_yield_denominator": Decimal("2040000.00"),
        "pipeline_yield_n": 204,
        "pipeline_yield_n_eff": 204.0,
        "shrinkage_kappa": 20.0,
        "pipeline_yield_raw": 0.25,
        "pipeline_yield_shrunk": 0.25,
        "required_coverage_raw": 4.0,
        "required_coverage": 4.0,
        "required_pipeline": Decimal("1200000.00"),
    }
    _check(_coverage(run, expected), expected)


def test_created_pipeline_is_below_the_bar_but_recoverable(run: DailyRun) -> None:
    expected = {
        "created_pipeline_total": Decimal("1150000.00"),
        "created_pipeline_qualified": Decimal("1150000.00"),
        "n_created_qualified": 10,
        "n_created_qualified_without_amount": 0,
        "created_self_sourced_amount": Decimal("480000.00"),
        "self_sourced_share": 480 / 1150,
        "created_coverage": 1150 / 300,
        "created_below_required": True,
        "created_shortfall_amount": Decimal("50000.00"),
        "expected_won_amount": Decimal("314600.00"),
        "required_coverage_mix": 1150 / 314.6,
        "expected_yield": 314.6 / 300,
    }
    _check(_coverage(run, expected), expected)


def test_catch_up_coverage_of_the_next_quarter(run: DailyRun) -> None:
    expected = {
        "carry_amount": Decimal("50000.00"),
        "catch_up_pipeline": Decimal("1250000.00"),
        "next_quota_amount": Decimal("300000.00"),
        "catch_up_coverage": 1250 / 300,
        "catch_up_coverage_planning": 4.5,
    }
    _check(_coverage(run, expected), expected)


def test_open_pipeline_covers_the_quarter_in_which_it_closes(run: DailyRun) -> None:
    this_quarter = {"open_pipeline_qualified": Decimal("0.00"), "coverage_qualified": 0.0, "status": "red"}
    _check(_coverage(run, this_quarter), this_quarter)
    next_quarter = {
        "open_pipeline_qualified": Decimal("1150000.00"),
        "coverage_qualified": 1150 / 300,
        "coverage_vs_required": 1150 / 1200,
        "below_required": True,
        "status": "ok",
    }
    _check(_coverage(run, next_quarter, horizon=1), next_quarter)


def test_headline_figures_say_the_same(run: DailyRun) -> None:
    found = dict(run.rows("select figure, value from ops.agg_headline_figures where dimension = 'company'"))
    assert found["created_coverage_this_quarter"] == pytest.approx(1150 / 300, rel=1e-11)
    assert found["required_coverage"] == 4.0
    assert found["aes_created_below_required"] == 1
