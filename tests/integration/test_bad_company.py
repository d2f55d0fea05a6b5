"""Bad input of every meaning beside a good company, in one daily run: it publishes, loses nothing, and tells each thing.

How single files are read is in `tests/faults/`; here it is what the whole job makes of them.
"""

from __future__ import annotations

import gzip
import shutil
from typing import Any

import pytest

from tests.conftest import SEEDS, DailyRun, RunDaily

DAY = "2025-09-30"
SQL_ID = "'); drop table raw.plumbline_files; --"
BAD_OPPORTUNITIES = [
    "bad-stage,default,Nowhere,1000,2025-12-30,ring-a,acc-a,2025-05-10 00:00:00",
    "bad-owner,default,Discovery,1000,2025-12-30,nobody,acc-a,2025-05-10 00:00:00",
    "bad-manager,default,Sales Accepted,1000,2025-12-30,ring-c,acc-c,2025-05-10 00:00:00",
    "bad-twice,default,Discovery,1000,2025-12-30,ring-a,acc-a,2025-05-10 00:00:00",
    "bad-twice,default,Discovery,2000,2025-12-30,ring-a,acc-a,2025-05-10 00:00:00",
    "bad-lost,default,Closed Lost,1000,2025-01-01,ring-a,acc-b,2025-05-10 00:00:00",
    "bad-won,default,Closed Won,1000,2024-01-01,ring-b,acc-a,2025-05-10 00:00:00",
    f"{SQL_ID},default,Discovery,5,2025-12-30,ring-a,acc-a,2025-05-10 00:00:00",
    "  bad spaced  ,default,Discovery,5,2025-12-30,ring-a,acc-a,2025-05-10 00:00:00",
    "=1+1,default,Discovery,7,2025-12-30,=cmd|x,acc-a,2025-05-10 00:00:00",
    "bad-zero\0byte,default,Discovery,5,2025-12-30,ring-a,acc-a,2025-05-10 00:00:00",
    'bad-money,default,Discovery,"$1,117.10K",2025-12-30,ring-a,acc-a,2025-05-10 00:00:00',
    "bad-nan,default,Discovery,NaN,2025-12-30,ring-a,acc-a,2025-05-10 00:00:00",
    "bad-infinity,default,Discovery,-Infinity,2025-12-30,ring-a,acc-a,2025-05-10 00:00:00",
    ",default,Discovery,5,2025-12-30,ring-a,acc-a,2025-05-10 00:00:00",
]
FILES: dict[str, list[str] | bytes] = {
    f"generic/users/{DAY}.csv": [
        "user_id,user_name,role,team,manager_id,started_on",
        "ring-a,A,ae,East,ring-b,2020-01-01",
        "ring-b,B,ae,East,ring-a,2020-01-01",
        "ring-c,C,ae,East,ring-c,2020-01-01",
    ],
    f"generic/accounts/{DAY}.csv": [
        "account_id,account_name,parent_account_id,created_at",
        "acc-a,A,acc-b,2025-01-01 00:00:00",
        "acc-b,B,acc-a,2025-01-01 00:00:00",
        "acc-c,C,acc-c,2025-01-01 00:00:00",
    ],
    "salesforce/Account/2025-09-30T120000Z.csv": [
        "Id,Name,MasterRecordId,IsDeleted,CreatedDate,SystemModstamp",
        "001ring0000000A,A,001ring0000000B,true,2025-01-01T00:00:00Z,2025-02-01T00:00:00Z",
        "001ring0000000B,B,001ring0000000A,true,2025-01-01T00:00:00Z,2025-02-01T00:00:00Z",
    ],
    f"generic/opportunities/{DAY}.csv": [
        "opportunity_id,pipeline_id,stage,amount,close_date,owner_id,account_id,created_at",
        *BAD_OPPORTUNITIES,
    ],
    f"generic/opportunity_changes/{DAY}.csv": [
        "opportunity_id,field,old_value,new_value,changed_at",
        "bad-lost,stage,Discovery,Closed Lost,2025-01-01 00:00:00",
        "bad-stage,stage,Discovery,Nowhere,2025-06-01 00:00:00",
        "bad-unknown,stage,Discovery,Proposal,2025-06-01 00:00:00",
    ],
    f"generic/contacts/{DAY}.csv": b"\0\0\0\0",
    f"generic/leads/{DAY}.csv.gz": gzip.compress(b"lead_id\n1\n")[:-4],
}
OPPORTUNITIES = f"generic/opportunities/{DAY}.csv"
BELONGS_TO_BAD = {
    "attribution.fct_attribution_credits": "opportunity_id",
    "core.dim_accounts": "account_id",
    "core.dim_campaigns": None,
    "core.dim_fiscal_periods": None,
    "core.dim_leads": None,
    "core.dim_opportunities": "opportunity_id",
    "core.dim_stages": "stage",
    "core.dim_users": "user_id",
    "coverage.fct_ae_coverage": "ae_id",
    "governance.fct_source_relabels": "opportunity_id",
    "governance.fct_stage_entry_violations": "opportunity_id",
    "governance.fct_stage_rule_evaluations": "opportunity_id",
    "stage_transitions.fct_funnel_entries": "opportunity_id",
    "stage_transitions.fct_history_repairs": "opportunity_id",
    "stage_transitions.fct_lead_response": None,
    "stage_transitions.fct_lead_stage_visits": None,
    "stage_transitions.fct_pipeline_movements": "opportunity_id",
    "stage_transitions.fct_stage_transitions": "opportunity_id",
    "stage_transitions.fct_stage_visits": "opportunity_id",
}
"""Every mart that lists records, and the column that says whose a row is; None: the bad input has no row in it."""
OF_THE_WHOLE = {
    "stage_transitions.fct_figure_restatements",
    "stage_transitions.fct_pipeline_waterfall",
    "stage_transitions.fct_published_figures",
    "stage_transitions.fct_stalled_opportunities",
}
"""Not compared, as the marts named `agg_` aren't: sums over everybody, deals past a threshold made from everybody's,
and what became of earlier publishes, of which a first run has none."""
ONLY_OF_BAD = {"stage_transitions.fct_history_repairs"}
"""The good company has no row in it."""
COMPANY_WIDE = {
    "pipeline_yield_prior",
    "pipeline_yield_shrunk",
    "required_coverage_shrunk",
    "required_coverage",
    "required_pipeline",
    "coverage_vs_required",
    "remaining_coverage_vs_required",
    "below_required",
    "created_below_required",
    "created_shortfall_amount",
    "carry_amount",
    "catch_up_pipeline",
    "catch_up_coverage",
    "catch_up_coverage_planning",
}
"""Columns of coverage that rest on the yield of the whole company, to which every deal that closed belongs."""
IDS = ("bad-", "ring-", "acc-", "001ring", "nobody", "=", "  bad", "')", "Nowhere")


@pytest.fixture(scope="module")
def run(company_run: DailyRun, daily_run: RunDaily, tmp_path_factory: pytest.TempPathFactory) -> DailyRun:
    landing = tmp_path_factory.mktemp("bad") / "landing"
    shutil.copytree(company_run.settings.landing, landing)
    for name, content in FILES.items():
        path = landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else ("\n".join(content) + "\n").encode())
    # The flat files' pipeline is the one that the policy is written for.
    seeds = shutil.copytree(SEEDS, landing.parent / "seeds")
    with (seeds / "pipelines.csv").open("a", encoding="utf-8") as pipelines:
        pipelines.write("generic,default,default\n")
    return daily_run(landing, seeds=seeds)


def opportunity(run: DailyRun, key: str, columns: str) -> tuple[Any, ...]:
    (row,) = run.rows(f"select {columns} from core.dim_opportunities where opportunity_id = ?", [key])
    return row


def dbt_finding(run: DailyRun, name: str) -> tuple[str, int | None]:
    report = run.finished.report.dbt
    assert report is not None
    (finding,) = (entry for entry in report.findings if entry.name == name)
    assert f"WARNED {finding.on} {name}, {finding.count} rows" in run.summary
    return finding.status, finding.count


def test_the_run_publishes(run: DailyRun) -> None:
    assert run.success, run.summary
    assert run.manifest["version"] == "v000001"
    assert run.manifest["as_of"] == DAY


def test_rows_in_are_rows_loaded_and_quarantined(run: DailyRun) -> None:
    files = run.rows(
        "select file_path, status, rows_in, rows_loaded, rows_quarantined from ops.fct_files "
        "where file_path in (select unnest(?)) order by all",
        [list(FILES)],
    )
    expected = [
        (f"generic/accounts/{DAY}.csv", "loaded", 3, 3, 0),
        (f"generic/contacts/{DAY}.csv", "refused", 0, 0, 0),
        (f"generic/leads/{DAY}.csv.gz", "refused", 0, 0, 0),
        (OPPORTUNITIES, "loaded", 15, 12, 3),
        (f"generic/opportunity_changes/{DAY}.csv", "loaded", 3, 3, 0),
        (f"generic/users/{DAY}.csv", "loaded", 3, 3, 0),
        ("salesforce/Account/2025-09-30T120000Z.csv", "loaded", 2, 2, 0),
    ]
    assert files == expected
    assert run.warehouse_rows("select count(*) from raw.generic__opportunities") == [(12,)]


def test_what_cannot_be_read_is_told_with_its_place(run: DailyRun) -> None:
    quarantined = [
        (13, "amount", "$1,117.10K", "not a decimal number"),
        (15, "amount", "-Infinity", "not a decimal number"),
        (16, "opportunity_id", None, "a required value is missing"),
    ]
    assert (
        run.rows(
            "select line_number, column_name, value, reason from ops.fct_quarantine where file_path = ? order by 1",
            [OPPORTUNITIES],
        )
        == quarantined
    )
    for line, column, value, reason in quarantined:
        shown = None if value is None else repr(value)
        assert f"{OPPORTUNITIES}, line {line}, column {column}, value {shown}: {reason}" in run.summary
    refused = run.rows("select file_path, reason from ops.fct_files where status = 'refused' order by 1")
    assert [path for path, _ in refused] == [f"generic/contacts/{DAY}.csv", f"generic/leads/{DAY}.csv.gz"]
    assert "zero bytes" in refused[0][1]
    assert "truncated" in refused[1][1]
    for path, reason in refused:
        assert f"{path}: {reason}" in run.summary


def test_texts_are_kept_word_for_word(run: DailyRun) -> None:
    kept = run.rows("select opportunity_id from core.dim_opportunities where source_name = 'generic' order by 1")
    assert {key for (key,) in kept} == {
        "bad-stage", "bad-owner", "bad-manager", "bad-twice", "bad-lost", "bad-won", SQL_ID, "  bad spaced  ", "=1+1",
        "bad-zero\0byte", "bad-nan",
    }  # fmt: skip
    assert opportunity(run, "=1+1", "owner_id, cast(amount as integer)") == ("=cmd|x", 7)


def test_an_unknown_stage_is_open_pipeline_below_the_bar(run: DailyRun) -> None:
    columns = "stage, stage_order, is_open, is_pipeline, is_qualified, is_won"
    assert opportunity(run, "bad-stage", columns) == ("Nowhere", None, True, True, False, False)
    visits = "select visit_number, stage, is_stage_in_policy from stage_transitions.fct_stage_visits"
    assert run.rows(f"{visits} where opportunity_id = 'bad-stage' order by 1") == [
        (1, "Discovery", True),
        (2, "Nowhere", False),
    ]
    assert dbt_finding(run, "not_null_fct_stage_transitions_direction") == ("warned", 1)
    assert "WARNED stage_transitions.fct_stage_visits stage_in_policy, 1 rows" in run.summary


def test_an_unknown_owner_keeps_the_pipeline(run: DailyRun) -> None:
    assert opportunity(run, "bad-owner", "owner_id, owner_role, is_pipeline") == ("nobody", None, True)
    covered = run.rows(
        "select role, is_ae, cast(open_pipeline_total as integer) from coverage.fct_ae_coverage "
        "where ae_id = 'nobody' and fiscal_period_id = 'FY2025-Q4'"
    )
    assert covered == [("unknown", False, 1000)]
    assert dbt_finding(run, "assert_owners_are_known") == ("warned", 2)


def test_rings_of_managers_and_accounts_come_to_an_end(run: DailyRun) -> None:
    assert run.rows("select user_id, manager_id from core.dim_users where user_id like 'ring-%' order by 1") == [
        ("ring-a", "ring-b"),
        ("ring-b", "ring-a"),
        ("ring-c", "ring-c"),
    ]
    assert dbt_finding(run, "assert_no_one_manages_themselves") == ("warned", 3)
    assert run.rows(
        "select account_id, parent_account_id from core.dim_accounts where account_id like 'acc-%' order by 1"
    ) == [
        ("acc-a", "acc-b"),
        ("acc-b", "acc-a"),
        ("acc-c", "acc-c"),
    ]
    merged = "select record_id, merged_into_id from intermediate.int_record_merges where record_id like '001ring%'"
    assert sorted(run.warehouse_rows(merged)) == [
        ("001ring0000000AAAQ", "001ring0000000BAAQ"),
        ("001ring0000000BAAQ", "001ring0000000AAAQ"),
    ]
    assert run.rows("select account_id from core.dim_accounts where account_id like '001ring%'") == []


def test_closed_before_it_was_created_is_kept_as_recorded_and_told(run: DailyRun) -> None:
    columns = "is_won, is_lost, closed_at < created_at, won_cycle_days, visit_count"
    assert opportunity(run, "bad-lost", columns) == (False, True, True, None, 2)
    # Its close date lies before its creation, so the extract that shows it closed dates it.
    assert opportunity(run, "bad-won", columns) == (True, False, False, 144.0, 2)
    assert dbt_finding(run, "assert_nothing_closed_before_it_was_created") == ("warned", 2)


def test_of_an_id_twice_in_a_file_the_later_row_counts(run: DailyRun) -> None:
    assert opportunity(run, "bad-twice", "cast(amount as integer)") == (2000,)
    versions = "select cast(amount as integer) from raw.generic__opportunities where opportunity_id = 'bad-twice'"
    assert sorted(run.warehouse_rows(versions)) == [(1000,), (2000,)]


def test_history_without_its_opportunity_waits_in_raw_and_is_told(run: DailyRun) -> None:
    raw = "select count(*) from raw.generic__opportunity_changes where opportunity_id = 'bad-unknown'"
    assert run.warehouse_rows(raw) == [(1,)]
    assert dbt_finding(run, "assert_history_has_its_opportunity") == ("warned", 1)


def test_every_mart_of_records_is_compared(run: DailyRun) -> None:
    listed = {name for name in run.content_hashes if not name.split(".")[1].startswith("agg_")}
    assert listed - OF_THE_WHOLE == set(BELONGS_TO_BAD)


@pytest.mark.parametrize("mart", BELONGS_TO_BAD)
def test_the_good_company_is_as_it_was(run: DailyRun, company_run: DailyRun, mart: str) -> None:
    columns = [name for (name, *_) in company_run.rows(f"describe {mart}") if name not in COMPANY_WIDE]
    listed = ", ".join(f'"{name}"' for name in columns)
    calm = company_run.rows(f"select {listed} from {mart} order by all")
    assert bool(calm) is (mart not in ONLY_OF_BAD)
    owner = BELONGS_TO_BAD[mart]
    found = run.rows(f"select {listed} from {mart} order by all")
    good = [row for row in found if owner is None or not str(row[columns.index(owner)]).startswith(IDS)]
    assert good == calm
    assert owner in (None, "opportunity_id") or len(found) > len(good)
