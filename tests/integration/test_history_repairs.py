"""A small company with every kind of dirt in its histories, planted once each: exactly those repairs are rows, a clean one has none.

Each opportunity is named after what is wrong with it; those that begin with `fine` have nothing wrong.
"""

from __future__ import annotations

import re
import shutil

import pytest

from dagster_project.lib.settings import PROJECT_ROOT
from tests.conftest import DailyRun, RunDaily
from tests.parsed_project import SEEDS

MAPPING = r"""
source: crm
extends: generic
extract_time:
  - path: '(\d{4}-\d{2}-\d{2})'
feeds:
  - file: crm/opportunities/*.csv
    object: opportunities
    extract: full
    columns: {opportunity_id: id, stage: stage, amount: amount, currency: currency, created_at: created_at, modified_at: modified_at}
  - file: crm/changes/*.csv
    object: opportunity_changes
    columns:
      {opportunity_id: id, field: field, old_value: old, new_value: new, changed_at: changed_at, sequence_number: sequence}
"""
# Opportunity -> stage, amount, currency, created and modified in the extracts of March 1, 6 and 10, the last one again where it
# has fewer; empty where an extract lacks it.
OPPORTUNITIES = {
    "fine": ["Discovery,10,USD,2026-01-05,2026-01-10"],
    "fine-tie": ["Qualification,10,USD,2026-01-05,2026-02-01"],
    "piped-late": ["Prospecting,10,USD,2026-01-05,2026-01-05", "Discovery,10,USD,2026-01-05,2026-03-05 10:00:00"],
    "changed-before-creation": ["Prospecting,10,USD,2026-01-05,2026-01-05"],
    "undated": ["Discovery,10,USD,,2026-01-06"],
    "undated-untold": ["Discovery,10,USD,,"],
    "created-twice": ["Prospecting,10,USD,2026-01-05,2026-02-01", "Prospecting,10,USD,2026-01-07,2026-03-05"],
    "created-tomorrow": ["Prospecting,10,USD,2026-05-01,2026-02-01"],
    "untold": ["Discovery,10,USD,2026-01-05,2026-02-01"],
    "told-late": ["Discovery,10,USD,2026-01-05,2026-02-01"],
    "change-missing": ["Prospecting,10,USD,2026-01-05,2026-01-05", "Discovery,10,USD,2026-01-05,2026-03-05"],
    "seen-early": ["Prospecting,10,USD,2026-01-05,2026-01-05", "Discovery,10,USD,2026-01-05,2026-03-06 23:59:00"],
    "closed-record": ["Closed Lost,10,USD,2026-01-05,2026-02-01"],
    "overruled": [
        "Prospecting,10,USD,2026-01-05,2026-01-05",
        "Qualification,10,USD,2026-01-05,2026-02-01",
        "Discovery,10,USD,2026-01-05,2026-03-08",
    ],
    "repeated": ["Discovery,10,USD,2026-01-05,2026-02-01"],
    "gap": ["Qualification,10,USD,2026-01-05,2026-02-01"],
    "tie": ["Qualification,10,USD,2026-01-05,2026-02-01"],
    "unreadable": ["Prospecting,,USD,2026-01-05,2026-02-01"],
    "emptied": ["Discovery,10,USD,2026-01-05,2026-02-05"],
    "emptied-record": ["Prospecting,10,USD,2026-01-05,2026-01-05", ",10,USD,2026-01-05,2026-03-05"],
    "off-policy": ["Nowhere,10,USD,2026-01-05,2026-02-01"],
    "back": ["Prospecting,10,USD,2026-01-05,2026-01-05", "", "Prospecting,10,USD,2026-01-05,2026-01-05"],
    "gone": ["Prospecting,10,USD,2026-01-05,2026-01-05", ""],
    "no-currency": ["Prospecting,10,,2026-01-05,2026-01-05"],
    "two-currencies": ["Prospecting,10,EUR,2026-01-05,2026-02-01", "Prospecting,10,GBP,2026-01-05,2026-03-05"],
    "no-rate": ["Prospecting,10,XYZ,2026-01-05,2026-01-05"],
}
UNTOLD = (
    "undated",
    "undated-untold",
    "untold",
    "closed-record",
    "told-late",
    "changed-before-creation",
    "created-tomorrow",
    "created-twice",
)
CHANGES = [
    *(f"{name},stage,,Prospecting,2026-01-05," for name in OPPORTUNITIES if name not in UNTOLD),
    "fine,stage,Prospecting,Discovery,2026-01-10,",
    "fine-tie,stage,Discovery,Qualification,2026-02-01,2",
    "fine-tie,stage,Prospecting,Discovery,2026-02-01,1",
    "piped-late,stage,Prospecting,Discovery,2026-03-05 10:00:00,",
    "lost-record,stage,Prospecting,Discovery,2026-02-01,",
    "lost-record,amount,1,2,2026-02-02,",
    "changed-before-creation,stage,,Prospecting,2026-01-03,",
    "undated,stage,Prospecting,Discovery,2026-01-06,",
    "undated,amount,5,10,2026-01-06,",
    "overruled,stage,Prospecting,Qualification,2026-02-01,",
    "overruled,stage,Qualification,Discovery,2026-03-08,",
    "created-twice,stage,,Prospecting,2026-01-07,",
    "told-late,stage,,Discovery,2026-02-01,",
    "piped-late,pipeline_id,,default,2026-02-01,",
    "seen-early,stage,Prospecting,Discovery,2026-03-07 00:04:00,",
    "repeated,stage,Prospecting,Discovery,2026-02-01,",
    "repeated,stage,Prospecting,Discovery,2026-02-02,",
    "gap,stage,Discovery,Qualification,2026-02-01,",
    "tie,stage,Prospecting,Discovery,2026-02-01,",
    "tie,stage,Discovery,Qualification,2026-02-01,",
    "unreadable,amount,100,$1k,2026-02-01,",
    "emptied,stage,Prospecting,,2026-02-01,",
    "emptied,stage,,Discovery,2026-02-05,",
    "off-policy,stage,Prospecting,Nowhere,2026-02-01,",
]
FILES = {
    **{
        f"crm/opportunities/2026-03-{day}.csv": [
            "id,stage,amount,currency,created_at,modified_at",
            *(
                f"{name},{rows[min(number, len(rows) - 1)]}"
                for name, rows in OPPORTUNITIES.items()
                if rows[min(number, len(rows) - 1)]
            ),
        ]
        for number, day in enumerate(("01", "06", "10"))
    },
    "crm/changes/2026-03-10.csv": ["id,field,old,new,changed_at,sequence", *CHANGES],
    "salesforce/OpportunityStage/2026-03-10.csv": [
        "Id,ApiName,MasterLabel,SortOrder,IsActive,IsClosed,IsWon,SystemModstamp",
        "s1,Review,Review,4,true,false,false,2026-01-01",
    ],
    "salesforce/Opportunity/2026-03-10.csv": [
        "Id,StageName,Amount,OwnerId,IsClosed,IsWon,CreatedDate,SystemModstamp,CloseDate",
        "fine-sf,Qualification,10,u1,false,false,2026-01-05,2026-02-01,",
        "closed-before,Closed Lost,10,u1,true,false,2026-01-05,2026-03-05,2026-01-10",
        "fine-won,Closed Won,10,u1,true,true,2026-01-05,2026-01-05,",
        "review,Review,10,u1,false,false,2026-01-05,2026-02-01,",
        "closed-flag,Discovery,10,u1,true,false,2026-01-05,2026-01-05,",
        "two-objects,Discovery,10,u1,false,false,2026-01-05,2026-02-01,",
        "named-owner,Discovery,10,u2,false,false,2026-01-05,2026-02-01,",
    ],
    "salesforce/OpportunityHistory/2026-03-10.csv": [
        "Id,OpportunityId,StageName,Amount,CreatedDate",
        *(
            f"h{n},{name},Discovery,10,2026-01-05"
            for n, name in enumerate(["closed-flag", "two-objects", "named-owner"])
        ),
        "i1,fine-sf,Discovery,10,2026-01-05",
        "i2,fine-sf,Qualification,10,2026-02-01",
        "i3,fine-sf,Qualification,10,2026-02-01",
        "i6,fine-won,Closed Won,10,2026-01-05",
        "j1,closed-before,Discovery,10,2026-01-05",
        "j2,closed-before,Qualification,10,2026-02-01",
        "i4,review,Discovery,10,2026-01-05",
        "i5,review,Review,10,2026-02-01",
    ],
    "salesforce/OpportunityFieldHistory/2026-03-10.csv": [
        "Id,OpportunityId,Field,DataType,OldValue,NewValue,CreatedDate",
        "f1,fine-sf,StageName,Text,Discovery,Qualification,2026-02-01 00:00:01",
        "f2,two-objects,StageName,Text,Discovery,Proposal,2026-02-01",
        "f3,named-owner,Owner,Text,Ann One,Bob Two,2026-02-01",
        "f4,fine-sf,Owner,Text,Ann One,Bob Two,2026-01-06",
        "f5,fine-sf,Owner,EntityId,u0,u1,2026-01-06",
    ],
    "hubspot/deal/2026-03-10.csv": [
        "deal_id,deal_pipeline_id,deal_pipeline_stage_id,property_amount,property_createdate,property_hs_lastmodifieddate",
        "fine-deal,default,1,10,2026-01-05,2026-01-05",
        "entry-dates,default,2,10,2026-01-05,2026-02-01",
    ],
    "hubspot/deal_pipeline_stage/2026-03-10.csv": [
        "pipeline_id,stage_id,label,display_order,is_closed,closed_won",
        "default,1,Prospecting,1,false,false",
        "default,2,Discovery,2,false,false",
    ],
    "hubspot/deal_property_history/2026-03-10.csv": [
        "deal_id,name,timestamp,value",
        "fine-deal,dealstage,2026-01-05,1",
    ],
    "hubspot/deal_stage/2026-03-10.csv": [
        "deal_id,date_entered,value",
        "entry-dates,2026-01-05,1",
        "entry-dates,2026-02-01,2",
    ],
}
# Opportunity, rule, field, month and day found and used, value found and used.
EXPECTED = {
    ("lost-record", "history_without_record", None, "02-01", None, None, None),
    ("changed-before-creation", "start_before_creation", "created_at", "01-05", "01-03", None, None),
    ("undated", "start_from_first_change", "created_at", None, "01-06", None, None),
    ("undated", "first_old_value_dropped", "amount", "01-06", "01-06", "5.00", "10.00"),
    ("undated-untold", "start_from_first_extract", "created_at", None, "03-01", None, None),
    ("created-twice", "creation_restated", "created_at", "01-05", "01-07", None, None),
    ("created-tomorrow", "start_from_first_extract", "created_at", None, "03-01", None, None),
    ("created-tomorrow", "moved_to_start", None, "02-01", "03-01", None, None),
    ("untold", "first_stage_assumed", "stage", "02-01", "01-05", None, "Discovery"),
    ("told-late", "first_stage_assumed", "stage", "02-01", "01-05", None, "Discovery"),
    ("closed-record", "stage_unknown_at_start", "stage", "01-05", "03-01", None, "Closed Lost"),
    ("closed-record", "closing_dated_by_record", "stage", None, "03-01", "Closed Lost", "extract"),
    ("closed-record", "change_missing_from_history", "stage", "03-01", "03-01", "(unknown)", "Closed Lost"),
    ("closed-before", "closing_dated_by_record", "stage", None, "03-05", "Closed Lost", "modified"),
    ("closed-before", "closing_witness_outside", "stage", "03-05", "03-05", "Closed Lost", None),
    ("closed-before", "change_missing_from_history", "stage", "03-05", "03-05", "Qualification", "Closed Lost"),
    ("fine-won", "won_below_bar", "stage", "01-05", "01-05", None, "Closed Won"),
    ("overruled", "record_overruled", "stage", "01-05", "02-01", "Prospecting", "Qualification"),
    ("entry-dates", "stages_from_entry_dates", "stage", "01-05", "01-05", None, None),
    ("piped-late", "first_pipeline_assumed", "pipeline_id", "02-01", "01-05", None, "default"),
    ("change-missing", "change_missing_from_history", "stage", "03-05", "03-05", "Prospecting", "Discovery"),
    ("seen-early", "change_seen_early", "stage", "03-06", "03-07", "Discovery", "Discovery"),
    ("repeated", "change_repeated", "stage", "02-02", None, "Discovery", "Discovery"),
    ("gap", "old_value_contradicted", "stage", "02-01", "02-01", "Discovery", "Prospecting"),
    ("tie", "order_by_file", "stage", "02-01", "02-01", "Discovery", "Qualification"),
    ("two-objects", "other_history_dropped", "stage", "02-01", None, "Proposal", None),
    ("named-owner", "reference_by_name", "owner_id", "02-01", None, None, None),
    ("unreadable", "unreadable_value", "amount", "02-01", "02-01", None, None),
    ("emptied", "stage_emptied", "stage", "02-01", None, None, None),
    ("emptied-record", "stage_emptied", "stage", "03-05", None, None, None),
    ("off-policy", "stage_not_in_policy", "stage", "02-01", "02-01", "Nowhere", "open"),
    ("review", "stage_placed_by_crm", "stage", "02-01", "02-01", "Review", "open"),
    ("closed-flag", "closed_flag_contradicted", "stage", "01-05", None, "lost", "open"),
    (None, "deleted_by_absence", "is_deleted", None, "03-06", None, "true"),
    ("back", "deleted_by_absence", "is_deleted", None, "03-06", None, "true"),
    ("no-currency", "currency_missing", "currency", None, "01-05", None, "USD"),
    ("no-rate", "currency_without_rate", "amount", None, "01-05", "XYZ", None),
}


@pytest.fixture(scope="module")
def run(daily_run: RunDaily, tmp_path_factory: pytest.TempPathFactory) -> DailyRun:
    folder = tmp_path_factory.mktemp("dirty")
    for name, lines in FILES.items():
        path = folder / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "mappings").mkdir()
    (folder / "mappings" / "crm.yml").write_text(MAPPING, encoding="utf-8")
    # The company's own policy, which leaves out Review and Nowhere.
    shutil.copytree(SEEDS, folder / "seeds")
    made = daily_run(folder / "landing", mappings=folder / "mappings", seeds=folder / "seeds")
    assert made.success, made.summary
    return made


def test_every_kind_of_dirt_is_a_repair_and_nothing_else_is(run: DailyRun) -> None:
    found = run.rows(
        "select opportunity_id, rule_id, field, strftime(found_at, '%m-%d'), strftime(used_at, '%m-%d'), value_found, value_used"
        " from stage_transitions.fct_history_repairs"
    )
    assert set(found) == EXPECTED and len(found) == len(EXPECTED)


def test_a_repair_does_what_its_row_says(run: DailyRun) -> None:
    visits = run.rows(
        "select opportunity_id, string_agg(stage || strftime(entered_at, ' %m-%d'), ', ' order by visit_number)"
        " from stage_transitions.fct_stage_visits group by opportunity_id"
    )
    told = {
        "undated": "Prospecting 01-06, Discovery 01-06",
        "untold": "Discovery 01-05",
        "told-late": "Discovery 01-05",
        "closed-record": "(unknown) 01-05, Closed Lost 03-01",
        "closed-before": "Discovery 01-05, Qualification 02-01, Closed Lost 03-05",
        "overruled": "Prospecting 01-05, Qualification 02-01, Discovery 03-08",
        "seen-early": "Prospecting 01-05, Discovery 03-07",
        "change-missing": "Prospecting 01-05, Discovery 03-05",
        "repeated": "Prospecting 01-05, Discovery 02-01",
        "gap": "Prospecting 01-05, Qualification 02-01",
        "tie": "Prospecting 01-05, Discovery 02-01, Qualification 02-01",
        "two-objects": "Discovery 01-05",
        "emptied": "Prospecting 01-05, Discovery 02-05",
        "emptied-record": "Prospecting 01-05",
        "back": "Prospecting 01-05",
        "closed-flag": "Discovery 01-05",
        "entry-dates": "Prospecting 01-05, Discovery 02-01",
    }
    assert {name: path for name, path in visits if name in told} == told


def test_docs_list_every_rule(run: DailyRun) -> None:
    text = (PROJECT_ROOT / "docs" / "marts.md").read_text(encoding="utf-8")
    published = dict(run.rows("select rule_id, rule_text from stage_transitions.fct_history_repairs"))
    assert (
        dict(
            re.findall(
                r"^\| `([a-z_]+)` \| (.+) \|$", text.split("## What was repaired")[1].split("\n## ")[0], re.MULTILINE
            )
        )
        == published
    )


def test_a_clean_company_needs_no_repair(company_run: DailyRun) -> None:
    assert company_run.rows("select * from stage_transitions.fct_history_repairs") == []
