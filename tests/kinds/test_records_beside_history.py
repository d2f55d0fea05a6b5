"""What a record says beside recorded history: closings, deletions, columns that a file lacks (METRICS "what a source says, in order")."""

from __future__ import annotations

import pytest

from tests.conftest import BuildSmallCompany
from tests.small_companies import SmallCompany

MAPPING = """\
source: crm
extends: generic
extract_time: [{path: '(\\d{4}-\\d{2}-\\d{2})'}]
feeds:
  - file: crm/deals-*.csv
    object: opportunities
    columns:
      opportunity_id: id
      stage: stage
      amount: amount
      created_at: created
      modified_at: changed
      close_date: closes
      is_deleted: gone
    constants: {pipeline_id: crm, owner_id: ann}
  - file: crm/log-*.csv
    object: opportunity_changes
    columns: {opportunity_id: id, changed_at: at, old_value: was, new_value: stage}
    constants: {field: stage}
rows:
  users:
    - {user_id: ann, user_name: Ann Example, role: ae}
  stages:
    - {pipeline_id: crm, stage: Talk, stage_order: 1, is_open: true, is_won: false, is_pipeline: true, is_qualified: false}
    - {pipeline_id: crm, stage: Offer, stage_order: 2, is_open: true, is_won: false, is_pipeline: true, is_qualified: true}
    - {pipeline_id: crm, stage: Signed, stage_order: 3, is_open: false, is_won: true, is_pipeline: false, is_qualified: true}
    - {pipeline_id: crm, stage: Dropped, stage_order: 4, is_open: false, is_won: false, is_pipeline: false, is_qualified: false}
"""
# stale: its record was last modified before its recorded changes. late: closed after the newest recorded change, on its close date.
# early_date: its close date lies before the newest evidence that it was open, so the modified time counts. below: its whole way is
# told, and lies below the bar. flagged: deleted by the CRM's own flag, modified before an extract showed it alive. gone: deleted
# before the first extract. back: lost, then declared won.
JANUARY = """\
id,stage,amount,created,changed,closes,gone
stale,Dropped,100,2026-01-02,2026-01-03,2026-01-20,false
late,Offer,200,2026-01-02,2026-01-25,2026-02-20,false
early_date,Offer,300,2026-01-02,2026-01-25,2026-01-05,false
below,Talk,400,2026-01-28,2026-01-29,2026-02-20,false
flagged,Talk,500,2026-01-02,2026-01-10,2026-03-31,false
gone,Talk,600,2026-01-02,2026-01-20,2026-03-31,true
back,Dropped,700,2026-01-02,2026-01-25,2026-01-25,false
"""
FEBRUARY = """\
id,stage,amount,created,changed,closes,gone
late,Signed,200,2026-01-02,2026-02-27,2026-02-20,false
early_date,Signed,300,2026-01-02,2026-02-11,2026-01-05,false
flagged,Talk,500,2026-01-02,2026-01-10,2026-03-31,true
"""
LOG = """\
id,at,was,stage
stale,2026-01-12 10:00:00,Talk,Offer
stale,2026-01-20 10:00:00,Offer,Dropped
late,2026-01-12 10:00:00,Talk,Offer
below,2026-02-03 10:00:00,Talk,Dropped
back,2026-01-12 10:00:00,Offer,Dropped
back,2026-02-12 10:00:00,Dropped,Signed
"""
SALESFORCE = {
    "salesforce/Opportunity/2026-03-31.csv": """\
Id,StageName,Amount,CloseDate,ForecastCategoryName,LastStageChangeDate,OwnerId,CreatedDate,SystemModstamp,IsDeleted,IsClosed,IsWon
s1,Proposal,900,2026-06-30,Commit,2026-03-01T08:00:00Z,u1,2026-01-02T08:00:00Z,2026-03-20T08:00:00Z,false,false,false
s2,Closed Won,800,2026-03-10,Closed,2026-03-12T08:00:00Z,u1,2026-01-02T08:00:00Z,2026-03-20T08:00:00Z,false,true,true
s3,Negotiation,700,2026-06-30,Best Case,,u1,2026-01-02T08:00:00Z,2026-03-20T08:00:00Z,false,false,false
""",
    "salesforce/OpportunityHistory/2026-03-31.csv": """\
Id,OpportunityId,StageName,CreatedDate,IsDeleted
h1,s3,Discovery,2026-01-02T08:00:00Z,false
h2,s3,Negotiation,2026-02-02T08:00:00Z,false
""",
    "salesforce/OpportunityFieldHistory/2026-03-31.csv": """\
Id,OpportunityId,Field,OldValue,NewValue,CreatedDate
f1,s3,Owner,Ann Example,Bob Example,2026-02-03T08:00:00Z
""",
    "salesforce/User/2026-03-31.csv": "Id,Name,IsActive,CreatedDate\nu1,Bob Example,true,2024-01-01T00:00:00Z\n",
}


@pytest.fixture(scope="module")
def company(small_company: BuildSmallCompany) -> SmallCompany:
    files = {"crm/deals-2026-01-31.csv": JANUARY, "crm/deals-2026-02-28.csv": FEBRUARY, "crm/log-2026-02-28.csv": LOG}
    return small_company({**files, **SALESFORCE}, mappings={"crm": MAPPING})


def way(company: SmallCompany, deal: str) -> list[str]:
    """The visits of a deal: stage and the instant of entry."""
    rows = company.rows(
        f"select stage, strftime(entered_at, '%m-%d %H:%M') from stage_transitions.fct_stage_visits "
        f"where opportunity_id = '{deal}' order by visit_number"
    )
    return [f"{stage} {at}" for stage, at in rows]


def closing(company: SmallCompany, deal: str) -> tuple[object, ...]:
    """When a deal closed, by which witness, and for the first time."""
    ((closed, basis, first),) = company.rows(
        "select strftime(closed_at, '%m-%d %H:%M:%S'), closing_basis, strftime(first_closed_at, '%m-%d %H:%M:%S') "
        f"from core.dim_opportunities where opportunity_id = '{deal}'"
    )
    return closed, basis, first


def test_a_record_older_than_its_history_moves_nothing(company: SmallCompany) -> None:
    assert way(company, "stale") == ["Talk 01-02 00:00", "Offer 01-12 10:00", "Dropped 01-20 10:00"]


def test_a_closing_after_the_newest_recorded_change_is_dated_by_its_close_date(company: SmallCompany) -> None:
    assert way(company, "late") == ["Talk 01-02 00:00", "Offer 01-12 10:00", "Signed 02-20 23:59"]
    assert closing(company, "late") == ("02-20 23:59:59", "close_date", "02-20 23:59:59")


def test_a_close_date_before_the_deal_was_seen_open_is_listed_and_the_modified_time_counts(
    company: SmallCompany,
) -> None:
    assert closing(company, "early_date")[:2] == ("02-11 00:00:00", "modified")
    assert company.rows(
        "select rule_id from stage_transitions.fct_history_repairs "
        "where opportunity_id = 'early_date' and rule_id like 'closing%' order by 1"
    ) == [("closing_dated_by_record",), ("closing_witness_outside",)]


def test_a_loss_whose_whole_way_is_told_below_the_bar_did_not_clear_it(company: SmallCompany) -> None:
    assert company.rows(
        "select qualified_at, bar_basis from core.dim_opportunities where opportunity_id = 'below'"
    ) == [(None, None)]


def test_a_deal_that_was_lost_and_declared_won_closes_anew_in_every_mart(company: SmallCompany) -> None:
    assert closing(company, "back") == ("02-12 10:00:00", "recorded", "01-12 10:00:00")
    won = company.value("select sum(n_won) from coverage.fct_ae_coverage where fiscal_period_id = 'FY2026-Q1'")
    assert won == company.value("select count(*) from core.dim_opportunities where is_won")


def test_deletions_are_never_before_an_extract_that_shows_the_record_alive(company: SmallCompany) -> None:
    assert company.rows(
        "select strftime(deleted_at, '%m-%d %H:%M:%S') from intermediate.int_opportunities "
        "where opportunity_id in ('flagged', 'gone') order by opportunity_id"
    ) == [("02-28 23:59:59",), ("01-20 00:00:00",)]


def test_what_was_deleted_before_the_first_load_had_its_life(company: SmallCompany) -> None:
    assert company.rows(
        "select movement, strftime(moved_on, '%m-%d'), amount::int from stage_transitions.fct_pipeline_movements "
        "where basis = 'total' and abs(amount) = 600 order by moved_on"
    ) == [("created", "01-02", 600), ("deleted", "01-20", -600)]


def test_the_crms_own_instant_dates_the_stage_that_it_tells(company: SmallCompany) -> None:
    assert way(company, "s1") == ["(unknown) 01-02 08:00", "Proposal 03-01 08:00"]
    assert closing(company, "s2")[:2] == ("03-12 08:00:00", "crm_instant")


def test_a_history_without_amounts_says_nothing_of_amounts(company: SmallCompany) -> None:
    assert company.rows(
        "select amount_at_entry::int from stage_transitions.fct_stage_visits where opportunity_id = 's3' order by visit_number"
    ) == [(700,), (700,)]


def test_a_forecast_category_is_read_by_its_name_where_only_that_is_there(company: SmallCompany) -> None:
    assert (
        company.value("select forecast_category from core.dim_opportunities where opportunity_id = 's3'") == "Best Case"
    )


def test_names_of_owners_in_a_history_without_data_types_are_no_ids(company: SmallCompany) -> None:
    assert company.value("select owner_id from core.dim_opportunities where opportunity_id = 's3'") == "u1"


def test_no_rule_fails_for_what_no_file_tells(company: SmallCompany) -> None:
    assert company.rows("select rule_id from governance.fct_stage_rule_evaluations where result = 'fail'") == []


def test_nothing_that_would_stop_a_publish_is_broken(company: SmallCompany) -> None:
    assert company.broken_checks() == {}
