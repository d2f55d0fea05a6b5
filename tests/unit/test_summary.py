"""The summary says what happened, in words a newcomer understands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_project.lib.run_report import (
    CheckLine,
    DbtReport,
    GateReport,
    IngestReport,
    PublishReport,
    RunReport,
    SourceTotals,
    read_report,
    write_part,
)
from dagster_project.lib.settings import PROJECT_ROOT, Settings
from dagster_project.lib.summary import render_summary

INGEST = IngestReport(
    sources=[SourceTotals("salesforce", 3, 1, 1, 1010, 1000, 990, 10)],
    refused=[{"file": "salesforce/Opportunity/x.csv", "object": "Opportunity", "reason": "the column 'id' is missing"}],
    quarantined=[
        {
            "file": "a.csv",
            "record": 3,
            "line": 4,
            "column": "amount",
            "value": "x" * 100,
            "reason": "not a decimal number",
        }
    ],
    unmatched=["notes.txt"],
    losses=["crm.yml: the column 'Vaule' of opportunities.amount: none of its 2 files has it (nearest: 'Value')."],
    figure_files_left_out=["figures/x.parquet: no magic bytes. Put it back."],
)
WARNED = CheckLine("relabel_share", "governance.fct_x", "warned", 4, "too many", [{"opportunity_id": "1"}])
FAILED = CheckLine("unique_id", "core.dim_x", "failed", 2, "", [{"id": "7", "n": 2}])
DBT = DbtReport("b1", True, 60, 16, 300, 0, findings=[WARNED, FAILED])
GATE = GateReport(20, findings=[], data_docs="/somewhere/index.html")
PUBLISHED = PublishReport(
    "v000002",
    "/home/published/current",
    "2026-03-31",
    "EUR",
    "abcdef0123456789",
    12,
    3456,
    True,
    figures=[
        {"figure": "won_amount", "dimension": "company", "value": 1200000.0, "unit": "money"},
        {"figure": "win_rate", "dimension": "all_time", "value": 0.25, "unit": "ratio"},
        {"figure": "yield", "dimension": "company", "value": None, "unit": "ratio"},
    ],
    restated={
        "restated": 3,
        "published": 64,
        "figure": "won_amount",
        "as_of": "2026-03-30",
        "published_value": 1100.5,
        "value_now": 1000.0,
        "cause": "deleted",
    },
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "landing", None, PROJECT_ROOT / "seeds")


def test_a_published_run(settings: Settings) -> None:
    text = render_summary(settings, RunReport("r1", INGEST, DBT, GATE, PUBLISHED), None)
    assert "salesforce      3         1        1    1,010   1,000     990           10" in text
    assert "salesforce/Opportunity/x.csv: the column 'id' is missing" in text
    assert "a.csv, line 4, column amount, value 'xxx" in text
    assert "notes.txt" in text
    assert "none of its 2 files has it (nearest: 'Value')" in text
    assert "60 built in full" in text
    assert "300 passed, 1 warned, 1 failed" in text
    assert "as of 2026-03-31, money in EUR" in text
    assert "won_amount           1,200,000" in text
    assert "win_rate (all_time)  0.2500" in text
    assert "yield                not available" in text
    assert "same content as the version before" in text
    assert "figures/x.parquet: no magic bytes" in text
    assert (
        "Restated since they were published: 3 of 64 figures, the largest won_amount as of 2026-03-30: "
        "1,100.50 is now 1,000.00 (deleted)" in text
    )
    assert "/home/published/current/marts.duckdb" in text
    assert "/somewhere/index.html" in text


def test_failures_are_shown_before_warnings_with_their_rows(settings: Settings) -> None:
    text = render_summary(settings, RunReport("r1", INGEST, DBT), "dbt_build: failed")
    assert text.index("FAILED core.dim_x unique_id, 2 rows") < text.index("WARNED governance.fct_x relabel_share")
    assert "id='7', n=2" in text


def test_a_run_that_was_held_back_says_what_stays(settings: Settings) -> None:
    text = render_summary(settings, RunReport("r1", INGEST, DBT), "gate: held")
    assert "NOT PUBLISHED. Nothing has been published yet." in text
    settings.published_path.mkdir()
    (settings.published_path / "current").symlink_to("versions/v000001")
    text = render_summary(settings, RunReport("r1", INGEST, DBT), "gate: held")
    assert "current is as it was" in text
    assert "gate: held" in text


def test_what_is_assumed_silent_set_aside_or_changed_is_named(settings: Settings) -> None:
    ingest = replace(INGEST, silent=["crm: no new file for 3.0 days"])
    gate = replace(GATE, assumed=["stage_policy: 8 of 9 stages", "fx_rates: EUR (3 rows)"], set_aside=["a: no stage X"])
    published = replace(PUBLISHED, changed=["seeds/roles.csv: changed"])
    text = render_summary(settings, RunReport("r1", ingest, DBT, gate, published), None)
    assert "sources that have gone silent\n  crm: no new file for 3.0 days" in text
    assert "Assumed from the sample company's seeds" in text
    assert "\n  stage_policy: 8 of 9 stages\n  fx_rates: EUR (3 rows)\n" in text
    assert "set aside\n  a: no stage X" in text
    assert "changed since the publish before\n  seeds/roles.csv: changed" in text
    plain = render_summary(settings, RunReport("r1", INGEST, DBT, GATE, PUBLISHED), None)
    assert "Assumed" not in plain
    assert "set aside" not in plain
    assert "changed since" not in plain


def test_a_run_that_never_started(settings: Settings) -> None:
    assert "ended before" in render_summary(settings, RunReport("r1"), "locked")


def test_a_report_is_read_back_as_it_was_written(settings: Settings) -> None:
    for part in (INGEST, DBT, GATE, PUBLISHED):
        write_part(settings, "r1", part)
    assert read_report(settings, "r1") == RunReport("r1", INGEST, DBT, GATE, PUBLISHED)
