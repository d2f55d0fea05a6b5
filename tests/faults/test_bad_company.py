"""One daily run over bad input of every meaning beside a good company: it publishes, and says what each thing became."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from dagster_project.simulate import Options, simulate
from tests.conftest import DailyRun, RunDaily

BAD = {
    "users/2026-06-30.csv": (
        "user_id,user_name,role,team,manager_id,started_on\n"
        "ring-a,A,ae,East,ring-b,2020-01-01\nring-b,B,ae,East,ring-a,2020-01-01\nring-c,C,ae,East,ring-c,2020-01-01\n"
    ),
    "opportunities/2026-06-30.csv": (
        "opportunity_id,pipeline_id,stage,amount,close_date,owner_id,created_at\n"
        "bad-stage,new_business,Nowhere,1000,2026-09-30,ring-a,2026-01-10 00:00:00\n"
        "bad-owner,new_business,Discovery,1000,2026-09-30,nobody,2026-01-10 00:00:00\n"
        "bad-twice,new_business,Discovery,1000,2026-09-30,ring-a,2026-01-10 00:00:00\n"
        "bad-twice,new_business,Discovery,2000,2026-09-30,ring-a,2026-01-10 00:00:00\n"
        "bad-ended,new_business,Closed Lost,1000,2025-01-01,ring-a,2026-01-10 00:00:00\n"
        "'); drop table raw.plumbline_files; --,new_business,Discovery,5,2026-09-30,ring-a,2026-01-10 00:00:00\n"
        "bad-zero\0byte,new_business,Discovery,5,2026-09-30,ring-a,2026-01-10 00:00:00\n"
        '=1+1,new_business,Discovery,"$1,117.10K",2026-09-30,ring-a,2026-01-10 00:00:00\n'
    ),
    "opportunity_changes/2026-06-30.csv": (
        "opportunity_id,field,old_value,new_value,changed_at\n"
        "bad-ended,stage,Discovery,Closed Lost,2025-01-01 00:00:00\n"
        "bad-stage,stage,Discovery,Nowhere,2026-02-01 00:00:00\n"
    ),
    "contacts/2026-06-30.csv": "\0\0\0\0",
    "leads/2026-06-30.csv.gz": gzip.compress(b"lead_id\n1\n")[:-4],
}


@pytest.fixture(scope="module")
def run(daily_run: RunDaily, tmp_path_factory: pytest.TempPathFactory) -> DailyRun:
    landing = tmp_path_factory.mktemp("bad") / "landing"
    simulate(Options(opportunities=60, quarters=4), landing)
    for name, content in BAD.items():
        path = Path(landing, "generic", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return daily_run(landing)


def test_the_run_publishes(run: DailyRun) -> None:
    assert run.success, run.summary


def test_bad_rows_and_files_are_in_the_ledger(run: DailyRun) -> None:
    assert run.warehouse_rows(
        "select column_name, value, record_number from raw.plumbline_quarantine where file_path like 'generic/%'"
    ) == [("amount", "$1,117.10K", 8)]
    assert run.warehouse_rows(
        "select object_name from raw.plumbline_files where status = 'refused' and file_path like 'generic/%' order by 1"
    ) == [("contacts",), ("leads",)]


def test_what_can_be_told_about_each_is_in_the_marts(run: DailyRun) -> None:
    rows = run.rows("select opportunity_id from core.dim_opportunities where opportunity_id like '%bad-%' order by 1")
    assert rows
