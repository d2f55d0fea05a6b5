"""What values mean, from files to marts: impossible instants, spellings of ids, words for nothing, quotas.

Money over currencies and days over zones are beside it, in test_money_and_zones.
"""

from __future__ import annotations

import pytest

from tests.conftest import BuildSmallCompany
from tests.small_companies import SmallCompany

ADA, BOB = "0053z00000AdAaAAAV", "0053z00000BoBbBAAV"
ROLES = "Id,Name\n00E3z00000RoLeAEAU,Account Executive Enterprise AMER\n"
USERS = (
    "Id,Name,UserRoleId,ManagerId,IsActive,CreatedDate\n"
    f"{ADA},Ada Lind,00E3z00000RoLeAEAU,None,true,2023-01-01T00:00:00.000Z\n"
    f"{BOB},Bob Lind,00E3z00000RoLeAEAU,N/A,true,2023-01-01T00:00:00.000Z\n"
)
OPPORTUNITIES = "Id,AccountId,StageName,Amount,CloseDate,OwnerId,LeadSource,CreatedDate,SystemModstamp,IsDeleted\n"
STAFF = {"salesforce/User/2026-03-31.csv": USERS, "salesforce/UserRole/2026-03-31.csv": ROLES}


@pytest.fixture(scope="module")
def with_junk(small_company: BuildSmallCompany) -> SmallCompany:
    """Two deals of two years; beside them one made in 1899, one modified in 2203, one to be closed in 2203."""
    rows = (
        f"0063z00000Deal1AAA,,Proposal,100,2024-06-30,{ADA},,2023-11-05T10:00:00.000Z,2024-05-02T10:00:00.000Z,false\n"
        f"0063z00000Deal2AAA,,Proposal,200,2026-06-30,{ADA},,2026-02-05T10:00:00.000Z,2026-03-02T10:00:00.000Z,false\n"
        f"0063z00000Deal3AAA,,Proposal,400,2026-06-30,{ADA},,1899-12-30T00:00:00.000Z,2026-03-02T10:00:00.000Z,false\n"
        f"0063z00000Deal4AAA,,Proposal,800,2026-06-30,{ADA},,2026-01-05T10:00:00.000Z,2203-03-02T10:00:00.000Z,false\n"
        f"0063z00000Deal5AAA,,Proposal,1600,2203-06-30,{ADA},,2026-01-05T10:00:00.000Z,2026-03-02T10:00:00.000Z,false\n"
    )
    return small_company(STAFF | {"salesforce/Opportunity/2026-03-31.csv": OPPORTUNITIES + rows})


def test_periods_begin_with_the_oldest_real_record(with_junk: SmallCompany) -> None:
    assert with_junk.value("select min(fiscal_period_id) from intermediate.int_fiscal_periods") == "FY2023-Q4"
    assert with_junk.value("select as_of_date::varchar from intermediate.int_run_settings") == "2026-03-31"
    assert with_junk.broken_checks() == {}


def test_a_deal_of_an_impossible_day_has_no_known_start(with_junk: SmallCompany) -> None:
    assert with_junk.rows(
        "select opportunity_id, is_start_known, life_start_at::date::varchar from intermediate.int_opportunity_lives order by 1"
    ) == [
        ("0063z00000Deal1AAA", True, "2023-11-05"),
        ("0063z00000Deal2AAA", True, "2026-02-05"),
        ("0063z00000Deal3AAA", False, "2026-03-31"),
        ("0063z00000Deal4AAA", True, "2026-01-05"),
        ("0063z00000Deal5AAA", True, "2026-01-05"),
    ]


def test_impossible_instants_are_listed_and_far_close_dates_are_not(with_junk: SmallCompany) -> None:
    assert with_junk.rows("select record_number, column_name, value from ops.fct_unread_values order by 1") == [
        (3, "created_date", "1899-12-30T00:00:00.000Z"),
        (4, "system_modstamp", "2203-03-02T10:00:00.000Z"),
    ]
    assert with_junk.rows(
        "select opportunity_id, amount from core.dim_opportunities where close_date > date '2100-01-01'"
    ) == [("0063z00000Deal5AAA", 1600)]


@pytest.fixture(scope="module")
def spelt(small_company: BuildSmallCompany) -> SmallCompany:
    """One deal under both spellings in two files, with its history, roles, quota seed and owner under either."""
    return small_company(
        STAFF
        | {
            "salesforce/Opportunity/2026-02-28.csv": OPPORTUNITIES
            + f"0063z00000DeaLx,,Discovery,500,2026-06-30,{ADA[:15]},,2026-01-05T10:00:00.000Z,2026-02-02T10:00:00.000Z,false\n",
            "salesforce/Opportunity/2026-03-31.csv": OPPORTUNITIES
            + f"0063z00000DeaLxAAJ,,Proposal,500,2026-06-30,{BOB},,2026-01-05T10:00:00.000Z,2026-03-02T10:00:00.000Z,false\n",
            "salesforce/OpportunityFieldHistory/2026-03-31.csv": (
                "Id,OpportunityId,Field,DataType,OldValue,NewValue,CreatedDate\n"
                f"0173z00000HistAAAA,0063z00000DeaLx,Owner,EntityId,{ADA},{BOB[:15]},2026-02-20T10:00:00.000Z\n"
                "0173z00000HistBAAA,0063z00000DeaLx,LeadSource,Text,null,Web,2026-02-21T10:00:00.000Z\n"
            ),
            "generic/activities/2026-03-31.csv": (
                "activity_id,activity_type,direction,occurred_at,owner_id,opportunity_id\n"
                f"501.0,call,outbound,2026-02-10T10:00:00Z,{ADA[:15]},0063z00000DeaLx\n"
                f"501,call,outbound,2026-02-10T10:00:00Z,{ADA},0063z00000DeaLxAAJ\n"
            ),
        },
        seeds={
            "quotas": f"user_id,period_type,period_start,quota_amount,currency\n{BOB[:15]},quarter,2026-01-01,900,USD\n"
        },
    )


def test_two_spellings_are_one_deal_with_one_history(spelt: SmallCompany) -> None:
    assert spelt.rows("select opportunity_id, owner_id, amount from core.dim_opportunities") == [
        ("0063z00000DeaLxAAJ", BOB, 500)
    ]
    assert spelt.rows(
        "select field, old_value, new_value, changed_at::date::varchar from intermediate.int_opportunity_changes "
        "where field in ('owner_id', 'source') and origin = 'field_history' order by 1"
    ) == [("owner_id", ADA, BOB, "2026-02-20"), ("source", None, "Web", "2026-02-21")]


def test_what_names_a_record_by_either_spelling_belongs_to_it(spelt: SmallCompany) -> None:
    assert spelt.rows("select activity_id, owner_id, opportunity_id from intermediate.int_activities") == [
        ("501", ADA, "0063z00000DeaLxAAJ")
    ]
    assert spelt.rows("select ae_name, quota_amount from coverage.fct_ae_coverage where quota_amount is not null") == [
        ("Bob Lind", 900)
    ]


def test_words_for_nothing_are_no_records(small_company: BuildSmallCompany) -> None:
    company = small_company(
        STAFF
        | {
            "salesforce/Opportunity/2026-03-31.csv": OPPORTUNITIES
            + f"0063z00000Deal1AAA,0013z00000Acc1AAA,Proposal,NaN,2026-06-30,{ADA},None,2026-01-05T10:00:00.000Z,2026-03-02T10:00:00.000Z,false\n",
            "salesforce/Account/2026-03-31.csv": (
                "Id,Name,ParentId,MasterRecordId,OwnerId,CreatedDate\n"
                f"0013z00000Acc1AAA,Null and Sons,NULL,null,{ADA},2025-01-01T00:00:00.000Z\n"
                f"0013z00000Acc2AAA,None,\\N,n/a,{ADA},2025-01-01T00:00:00.000Z\n"
            ),
        }
    )
    assert company.rows("select account_id, account_name, parent_account_id from core.dim_accounts order by 1") == [
        ("0013z00000Acc1AAA", "Null and Sons", None),
        ("0013z00000Acc2AAA", "None", None),
    ]
    assert company.rows("select account_id, amount, claimed_source from core.dim_opportunities") == [
        ("0013z00000Acc1AAA", None, None)
    ]
    assert company.value("select count(*) from intermediate.int_record_merges") == 0
    assert company.value("select count(manager_id) from core.dim_users") == 0


def test_of_several_quotas_slices_add_and_types_do_not(small_company: BuildSmallCompany) -> None:
    header = "Id,QuotaOwnerId,QuotaAmount,QuotaQuantity,IsQuantity,IsAmount,ForecastingTypeId,ProductFamily,StartDate,SystemModstamp\n"
    company = small_company(
        STAFF
        | {
            "salesforce/Opportunity/2026-03-31.csv": OPPORTUNITIES
            + f"0063z00000Deal1AAA,,Proposal,1,2026-06-30,{ADA},,2026-01-05T10:00:00.000Z,2026-03-02T10:00:00.000Z,false\n",
            "salesforce/ForecastingQuota/2026-03-31.csv": header
            + f"0J93z00000Quot1AAA,{ADA},700,,false,true,0Db3z0000000001AAA,,2026-01-01,2026-01-02T00:00:00Z\n"
            + f"0J93z00000Quot2AAA,{ADA},90,,false,true,0Db3z0000000002AAA,,2026-01-01,2026-01-09T00:00:00Z\n"
            + f"0J93z00000Quot3AAA,{ADA},8000,50,true,false,0Db3z0000000003AAA,,2026-01-01,2026-01-10T00:00:00Z\n"
            + f"0J93z00000Quot4AAA,{BOB},300,,false,true,0Db3z0000000001AAA,Boats,2026-01-01,2026-01-02T00:00:00Z\n"
            + f"0J93z00000Quot5AAA,{BOB},200,,false,true,0Db3z0000000001AAA,Oars,2026-01-01,2026-01-03T00:00:00Z\n",
        }
    )
    assert company.rows(
        "select user_name, loaded_quota_amount from intermediate.int_quotas join core.dim_users using (user_id) order by 1"
    ) == [("Ada Lind", 700), ("Bob Lind", 500)]
    (test,) = [node for node in company.project.of_kind("test") if node["name"] == "assert_quotas_are_told_apart"]
    assert company.rows(f"select user_id, counted, left_out, counted_amount from ({test['compiled_code']})") == [
        (ADA, "0Db3z0000000001AAA", "0Db3z0000000002AAA", 700)
    ]
