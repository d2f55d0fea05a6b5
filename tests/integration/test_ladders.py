"""Whose stages a pipeline has and what they are, where companies call them their own way: whole warehouses of a few rows."""

from __future__ import annotations

import csv
import io

from tests.conftest import BuildSmallCompany
from tests.parsed_project import SEEDS
from tests.small_companies import SmallCompany

OPPORTUNITY = "Id,StageName,Amount,CloseDate,OwnerId,CreatedDate,SystemModstamp,IsDeleted,IsClosed,IsWon"
HUBSPOT_STAGES = """pipeline_id,stage_id,label,display_order,probability,is_closed,closed_won
default,first,First talk,0,0.2,false,false
default,trial,Trial,1,0.4,false,false
default,offer,Offer,2,0.8,false,false
default,yes,Yes,3,1.0,true,true
default,no,No,4,0.0,true,false
"""


def test_stages_of_ones_own_are_what_most_of_their_records_say(small_company: BuildSmallCompany) -> None:
    """Three of Handshake are won, one says that it is open: the stage is won for all of them, and the one is listed."""
    rows = [
        "006A01,Handshake,1000,2026-02-01,u1,2026-01-05,2026-02-01,false,true,true",
        "006A02,Handshake,2000,2026-02-01,u1,2026-01-05,2026-02-01,false,true,true",
        "006A03,handshake ,4000,2026-02-01,u1,2026-01-05,2026-02-01,false,true,true",
        "006A04,Handshake,8000,2026-02-01,u1,2026-01-05,2026-02-01,false,false,false",
        "006A05,Gave up,500,2026-02-01,u1,2026-01-05,2026-02-01,false,true,false",
        "006A06,Poking,70,2026-09-01,u1,2026-01-05,2026-02-01,false,false,false",
        "006A07,ClosedLost,30,2026-02-01,u1,2026-01-05,2026-02-01,false,,",
    ]
    company = small_company({"salesforce/Opportunity/2026-03-01.csv": "\n".join([OPPORTUNITY, *rows])})
    assert not company.broken_checks()
    assert stages(company) == {
        ("salesforce:default", "Handshake", "won", "records"),
        ("salesforce:default", "Gave up", "lost", "records"),
        ("salesforce:default", "Poking", "open", "records"),
        ("salesforce:default", "ClosedLost", "lost", "words"),
    }
    amounts = "select coalesce(sum(amount), 0)::int from core.dim_opportunities where "
    assert company.value(amounts + "is_won") == 15000
    assert company.value(amounts + "not is_open and not is_won") == 530
    assert company.value(amounts + "is_open") == 70
    repairs = company.rows(
        "select rule_id, opportunity_id, value_found, value_used from stage_transitions.fct_history_repairs"
        " where rule_id in ('stage_not_in_policy', 'closed_flag_contradicted')"
    )
    assert len([repair for repair in repairs if repair[0] == "stage_not_in_policy"]) == len(rows)
    assert [repair for repair in repairs if repair[0] != "stage_not_in_policy"] == [
        ("closed_flag_contradicted", "006A04", "open", "won")
    ]


def test_a_hubspot_pipeline_has_its_own_ladder_beside_the_samples(small_company: BuildSmallCompany) -> None:
    """Both are called default. Salesforce's stages are the sample's; HubSpot's rise by one, and no rule of the sample's judges them."""
    company = small_company(
        {
            "salesforce/Opportunity/2026-03-01.csv": "\n".join(
                [OPPORTUNITY, "006B01,proposal,1000,2026-09-01,u1,2026-01-05,2026-02-01,false,false,false"]
            ),
            "hubspot/deal_pipeline_stage/2026-03-01.csv": HUBSPOT_STAGES,
            "hubspot/deal/2026-03-01.csv": (
                "deal_id,deal_pipeline_id,deal_pipeline_stage_id,property_amount,property_createdate,property_hs_lastmodifieddate\n"
                "77,default,offer,,2026-01-05,2026-02-01\n"
            ),
            "hubspot/deal_property_history/2026-03-01.csv": (
                "deal_id,name,timestamp,value\n"
                "77,dealstage,2026-01-05,first\n77,dealstage,2026-01-20,trial\n77,dealstage,2026-02-01,offer\n"
                "77,pipeline,2026-01-05,default\n"
            ),
        }
    )
    assert not company.broken_checks()
    sample = list(csv.DictReader(io.StringIO((SEEDS / "stage_policy.csv").read_text(encoding="utf-8"))))
    assert {(pipeline, stage) for pipeline, stage, _, _ in stages(company)} == {
        *(("default", row["stage"]) for row in sample),
        *(("hubspot:default", label) for label in ("First talk", "Trial", "Offer", "Yes", "No")),
    }
    assert company.rows(
        "select to_pipeline_id, to_stage, direction from stage_transitions.fct_stage_transitions order by opportunity_id, transition_number"
    ) == [
        ("default", "Proposal", "created"),
        ("hubspot:default", "First talk", "created"),
        ("hubspot:default", "Trial", "advance"),
        ("hubspot:default", "Offer", "advance"),
    ]
    assert company.value("select count(*) from governance.fct_stage_rule_evaluations where opportunity_id = '77'") == 0
    assert company.rows("select distinct pipeline_id, has_bar from intermediate.int_stage_policy order by 1") == [
        ("default", True),
        ("hubspot:default", False),
    ]


def test_a_companys_own_policy_keeps_its_ladder(small_company: BuildSmallCompany) -> None:
    """An open stage that its policy leaves out stands in it; the rule is judged though it spells the stage otherwise."""
    header = (SEEDS / "stage_policy.csv").read_text(encoding="utf-8").splitlines()[0]
    policy = [
        "default,Talk,1,qualification,true,true,false,false,10,30,,,,,,2020-01-01,",
        "default,Accepted,2,conversion,true,true,true,false,50,30,,,,,,2020-01-01,",
        "default,Signed,3,post-sale,false,false,true,true,100,,,,,,,2020-01-01,",
    ]
    rule_header = (SEEDS / "stage_rules.csv").read_text(encoding="utf-8").splitlines()[0]
    rule = "sized,default,ACCEPTED,entry,amount,greater_than,0,warn,0.1,RevOps,,,It is sized."
    company = small_company(
        {
            "salesforce/Opportunity/2026-03-01.csv": "\n".join(
                [
                    OPPORTUNITY,
                    "006C01,Paper,1000,2026-09-01,u1,2026-01-05,2026-02-03,false,false,false",
                    "006C02,Odd,1000,2026-09-01,u1,2026-01-05,2026-02-03,false,false,false",
                ]
            ),
            "salesforce/OpportunityHistory/2026-03-01.csv": (
                "Id,OpportunityId,StageName,Amount,CreatedDate\n"
                "1,006C01,Talk,,2026-01-05\n2,006C01,accepted,,2026-01-20\n3,006C01,Accepted ,5,2026-01-25\n4,006C01,Paper,1000,2026-02-03\n"
            ),
            "salesforce/OpportunityStage/2026-03-01.csv": (
                "Id,ApiName,MasterLabel,SortOrder,IsActive,IsClosed,IsWon,SystemModstamp\n"
                "s1,Talk,Talk,1,true,false,false,2026-01-01\ns2,Accepted,Accepted,2,true,false,false,2026-01-01\n"
                "s3,Paper,Paper,3,true,false,false,2026-01-01\ns4,Signed,Signed,4,true,true,true,2026-01-01\n"
            ),
        },
        seeds={
            "stage_policy": "\n".join([header, *policy]),
            "stage_rules": "\n".join([rule_header, rule]),
        },
    )
    assert not company.broken_checks()
    assert company.rows(
        "select stage, open_stage_rank, is_qualified, kind_basis from intermediate.int_stage_policy"
        " where valid_to > '2026-01-01' and is_open order by open_stage_rank nulls last"
    ) == [
        ("Talk", 1, False, "policy"),
        ("Accepted", 2, True, "policy"),
        ("Paper", 3, True, "list"),
        ("Odd", None, False, "records"),
    ]
    assert company.rows(
        "select stage, strftime(entered_at, '%m-%d') from stage_transitions.fct_stage_visits where opportunity_id = '006C01'"
        " order by visit_number"
    ) == [("Talk", "01-05"), ("Accepted", "01-20"), ("Paper", "02-03")]
    assert company.rows("select rule_id, stage, result from governance.fct_stage_rule_evaluations") == [
        ("sized", "Accepted", "fail")
    ]


def stages(company: SmallCompany) -> set[tuple[str, str, str, str]]:
    """Pipeline, stage, kind and what tells the kind."""
    return set(
        company.rows(
            "select pipeline_id, stage, case when is_won then 'won' when is_open then 'open' else 'lost' end, kind_basis"
            " from intermediate.int_stage_policy"
        )
    )
