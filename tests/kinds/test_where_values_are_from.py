"""Values that a file doesn't tell stand with where they are from beside them, judge nothing, and are never false for want of a column."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.conftest import BuildSmallCompany
from tests.small_companies import SmallCompany

OPPORTUNITIES = """\
opportunity_id,pipeline_id,stage,amount,owner_id,next_step,forecast_category,created_at,modified_at
untold,default,Sales Accepted,500,bob,call Ann,Forecast,2026-01-02T08:00:00Z,2026-03-01T08:00:00Z
told,default,Sales Accepted,500,bob,call Ann,BEST_CASE,2026-01-02T08:00:00Z,2026-03-01T08:00:00Z
early,default,Qualification,1,bob,none,Omitted,2026-01-01T08:00:00Z,2026-01-01T09:00:00Z
"""
# The same changes twice: without what was before them, and with it. `early` shows from when on the CRM records changes.
UNTOLD = """\
opportunity_id,field,new_value,changed_at
untold,stage,Qualification,2026-01-02T08:00:00Z
untold,stage,Sales Accepted,2026-01-10T08:00:00Z
untold,amount,500,2026-02-01T09:00:00Z
untold,owner_id,bob,2026-02-01T09:00:00Z
untold,next_step,call Ann,2026-02-01T09:00:00Z
"""
TOLD = """\
opportunity_id,field,old_value,new_value,changed_at
told,stage,,Qualification,2026-01-02T08:00:00Z
told,stage,Qualification,Sales Accepted,2026-01-10T08:00:00Z
told,amount,,500,2026-02-01T09:00:00Z
told,owner_id,ann,bob,2026-02-01T09:00:00Z
told,next_step,,call Ann,2026-02-01T09:00:00Z
early,stage,,Qualification,2026-01-01T08:00:00Z
early,amount,,1,2026-01-01T09:00:00Z
early,next_step,,none,2026-01-01T09:00:00Z
early,loss_reason,,Price,2026-01-01T09:00:00Z
told,forecast_category,,BestCase,2026-01-05T09:00:00Z
told,forecast_category,BestCase,Best Case,2026-02-05T09:00:00Z
"""
USERS = """\
user_id,user_name,role,team,modified_at
ann,Ann Example,ae,North,2026-01-01T08:00:00Z
bob,Bob Example,ae,South,2026-01-01T08:00:00Z
"""
STAFF = "user_id,valid_from,role\nbob,2025-01-01T00:00:00Z,ae\n"
LEADS = "lead_id,created_at,converted_at\nlead1,2026-01-02T08:00:00Z,2026-01-05T08:00:00Z\n"
OTHER_LEADS = "id,made,converted,became\nlead2,2026-01-02T08:00:00Z,2026-01-05T08:00:00Z,\n"
OTHER = """\
source: other
extends: generic
extract_time: [{path: '(\\d{4}-\\d{2}-\\d{2})'}]
feeds:
  - file: other/leads-*.csv
    object: leads
    columns: {lead_id: id, created_at: made, converted_at: converted, converted_opportunity_id: became}
"""
RULES = """\
rule_id,pipeline_id,stage,on_event,field,operator,value,severity,tolerated_rate,owner,valid_from,valid_to,reason
amount,default,Sales Accepted,entry,amount,greater_than,0,warn,0.1,RevOps,,,Sized.
next_step,default,Sales Accepted,entry,next_step,not_empty,,warn,0.1,RevOps,,,Agreed.
reason,default,Sales Accepted,entry,loss_reason,not_empty,,warn,0.1,RevOps,,,No record holds it.
category,default,Sales Accepted,entry,forecast_category,in,MostLikely | BestCase|Forecast,warn,0.1,RevOps,,,Forecast.
one_category,default,Sales Accepted,entry,forecast_category,equals,BestCase,warn,0.1,RevOps,,,Forecast.
label,default,Sales Accepted,entry,forecast_category,in,Commit|Best Case,warn,0.1,RevOps,,,Forecast.
"""
HISTORY = "Id,OpportunityId,Field,OldValue,CreatedDate\n1,x,StageName,A,2026-01-05T08:00:00Z\n"


@pytest.fixture(scope="module")
def company(small_company: BuildSmallCompany) -> SmallCompany:
    return small_company(
        {
            "generic/opportunities/2026-03-31.csv": OPPORTUNITIES,
            "generic/opportunity_changes/2026-03-30.csv": UNTOLD,
            "generic/opportunity_changes/2026-03-31.csv": TOLD,
            "generic/users/2026-03-31.csv": USERS,
            "generic/user_history/2026-03-31.csv": STAFF,
            "generic/leads/2026-03-31.csv": LEADS,
            "other/leads-2026-03-31.csv": OTHER_LEADS,
            "salesforce/OpportunityFieldHistory/2026-03-31.csv": HISTORY,
        },
        mappings={"other": OTHER},
        seeds={"stage_rules": RULES},
    )


def test_no_check_breaks(company: SmallCompany) -> None:
    assert company.broken_checks() == {}


def test_what_was_before_a_change_is_assumed_where_the_change_does_not_tell_it(company: SmallCompany) -> None:
    assert company.rows(
        "select opportunity_id, stage, owner_id_at_entry, owner_at_entry_basis, amount_at_entry, amount_at_entry_basis "
        "from stage_transitions.fct_stage_visits where opportunity_id <> 'early' order by 1, entered_at"
    ) == [
        ("told", "Qualification", "ann", "user_record", None, None),
        ("told", "Sales Accepted", "ann", "user_record", None, None),
        ("untold", "Qualification", "bob", "assumed_owner", Decimal("500.00"), "assumed"),
        ("untold", "Sales Accepted", "bob", "assumed_owner", Decimal("500.00"), "assumed"),
    ]
    assert company.rows(
        "select distinct opportunity_id, owner_at_transition_basis, amount_at_transition_basis "
        "from stage_transitions.fct_stage_transitions where opportunity_id <> 'early' order by all"
    ) == [("told", "user_record", None), ("untold", "assumed_owner", "assumed")]


def test_no_rule_judges_what_is_assumed(company: SmallCompany) -> None:
    found = dict(
        company.rows(
            "select rule_id || ' ' || opportunity_id, result from governance.fct_stage_rule_evaluations "
            "where rule_id in ('amount', 'next_step', 'reason') and opportunity_id <> 'early'"
        )
    )
    assert found == {
        "amount told": "fail",
        "amount untold": "unknown",
        "next_step told": "fail",
        "next_step untold": "unknown",
        "reason told": "unknown",
        "reason untold": "unknown",
    }


def test_a_forecast_category_has_one_name_and_rules_may_write_either(company: SmallCompany) -> None:
    assert company.rows("select opportunity_id, forecast_category from core.dim_opportunities order by 1") == [
        ("early", "Omitted"),
        ("told", "Best Case"),
        ("untold", "Commit"),
    ]
    assert company.rows(
        "select new_value from intermediate.int_opportunity_changes "
        "where opportunity_id = 'told' and field = 'forecast_category' and new_value is not null"
    ) == [("Best Case",)]
    assert dict(
        company.rows(
            "select rule_id, result from governance.fct_stage_rule_evaluations "
            "where field = 'forecast_category' and opportunity_id = 'told'"
        )
    ) == {"category": "pass", "one_category": "pass", "label": "pass"}


def test_currency_and_staff_say_where_they_are_from(company: SmallCompany) -> None:
    assert set(
        company.rows("select currency, currency_basis, owner_team, owner_basis from core.dim_opportunities")
    ) == {("USD", "reporting_currency", "South", "filled_from_record")}


def test_a_lead_became_nothing_only_where_something_would_tell(company: SmallCompany) -> None:
    assert sorted(company.rows("select source_name, became_opportunity, is_won from core.dim_leads")) == [
        ("generic", None, None),
        ("other", False, False),
    ]


def test_a_history_without_its_new_values_is_refused(company: SmallCompany) -> None:
    (refused,) = [file.reason for report in company.reports for file in report.files if file.status == "refused"]
    assert "the column 'new_value'" in str(refused)
    assert company.value("select count(*) from staging.stg_salesforce__opportunity_field_history") == 0
