"""Money over currencies and days over zones, from files to marts."""

from __future__ import annotations

import pytest

from tests.conftest import BuildSmallCompany
from tests.small_companies import SmallCompany

ADA = "0053z00000AdAaAAAV"
LOS_ANGELES = {"reporting_timezone": "America/Los_Angeles"}
RATES = "currency,valid_from,valid_to,rate_to_reporting\nUSD,2000-01-01,,1\nEUR,2000-01-01,,1.2\n"
OPPORTUNITIES = "Id,StageName,Amount,CurrencyIsoCode,CloseDate,OwnerId,CreatedDate,SystemModstamp,IsDeleted\n"
HISTORY = (
    "Id,OpportunityId,StageName,Amount,CurrencyIsoCode,CloseDate,CreatedDate,CreatedById,SystemModstamp,IsDeleted\n"
)


def deal(name: str, amount: str, currency: str, modified: str = "2026-03-02T10:00:00.000Z") -> str:
    """A row of OPPORTUNITIES, open since 5 January."""
    return (
        f"0063z00000{name}AAA,Proposal,{amount},{currency},2026-06-30,{ADA},2026-01-05T10:00:00.000Z,{modified},false\n"
    )


def movements(company: SmallCompany) -> list[tuple[str, str, float]]:
    """(opportunity, movement, amount) of the total pipeline, in order of time."""
    return company.rows(
        "select opportunity_id[11:15], movement, amount from stage_transitions.fct_pipeline_movements "
        "where basis = 'total' order by opportunity_id, moved_at, movement"
    )


@pytest.fixture(scope="module")
def changing(small_company: BuildSmallCompany) -> SmallCompany:
    """Deals whose currency changes: with the amount and alone, by recorded history and by extracts."""

    def recorded(number: int, name: str, amount: int, currency: str, day: str) -> str:
        at = f"{day}T10:00:00.000Z"
        return f"0083z000000000{number}AAA,0063z00000{name}AAA,Proposal,{amount},{currency},2026-06-30,{at},{ADA},{at},false\n"

    return small_company(
        {
            "salesforce/Opportunity/2026-01-31.csv": OPPORTUNITIES
            + deal("Extr1", "100", "USD", "2026-01-20T10:00:00.000Z")
            + deal("Extr2", "100", "USD", "2026-01-20T10:00:00.000Z"),
            "salesforce/Opportunity/2026-03-31.csv": OPPORTUNITIES
            + deal("Extr1", "100", "eur")
            + deal("Extr2", "90", "EUR")
            + deal("Hist1", "90", "EUR")
            + deal("Hist2", "100", "USD"),
            "salesforce/OpportunityHistory/2026-03-31.csv": HISTORY
            + recorded(1, "Hist1", 100, "USD", "2026-01-05")
            + recorded(2, "Hist1", 90, "EUR", "2026-02-10")
            + recorded(3, "Hist2", 100, "EUR", "2026-01-05")
            + recorded(4, "Hist2", 100, "USD", "2026-02-10"),
        },
        seeds={"fx_rates": RATES},
    )


def test_a_change_of_currency_moves_the_pipeline_once_by_the_difference(changing: SmallCompany) -> None:
    assert movements(changing) == [
        ("Extr1", "created", 100),
        ("Extr1", "increased", 20),
        ("Extr2", "created", 100),
        ("Extr2", "increased", 8),
        ("Hist1", "created", 100),
        ("Hist1", "increased", 8),
        ("Hist2", "created", 120),
        ("Hist2", "decreased", -20),
    ]
    assert changing.broken_checks() == {}


def test_a_record_shows_amount_and_currency_of_the_day(changing: SmallCompany) -> None:
    assert changing.rows(
        "select opportunity_id[11:15], currency, amount_original, amount from core.dim_opportunities order by 1"
    ) == [("Extr1", "EUR", 100, 120), ("Extr2", "EUR", 90, 108), ("Hist1", "EUR", 90, 108), ("Hist2", "USD", 100, 100)]


def test_amounts_without_a_rate_are_none_and_listed(small_company: BuildSmallCompany) -> None:
    company = small_company(
        {
            "salesforce/Opportunity/2026-01-31.csv": OPPORTUNITIES
            + deal("Bad01", "100", "XTS", "2026-01-20T10:00:00.000Z"),
            "salesforce/Opportunity/2026-03-31.csv": OPPORTUNITIES
            + deal("Bad01", "100", "EUR")
            + deal("Bad02", "7", "XTS"),
        },
        seeds={"fx_rates": RATES},
    )
    assert company.rows("select opportunity_id[11:15], amount from core.dim_opportunities order by 1") == [
        ("Bad01", 120),
        ("Bad02", None),
    ]
    assert company.rows(
        "select opportunity_id[11:15], value_found from stage_transitions.fct_history_repairs "
        "where rule_id = 'currency_without_rate' order by 1"
    ) == [("Bad01", "XTS"), ("Bad02", "XTS")]


def test_the_crms_own_currency_is_the_way_to_another_reporting_currency(small_company: BuildSmallCompany) -> None:
    company = small_company(
        {
            "salesforce/Opportunity/2026-03-31.csv": OPPORTUNITIES
            + deal("Euros", "1000", "EUR")
            + deal("Krona", "1000", "SEK"),
            "salesforce/DatedConversionRate/2026-03-31.csv": (
                "Id,IsoCode,ConversionRate,StartDate,NextStartDate\n"
                "04w3z0000000001AAA,EUR,1.0,0001-01-01,9999-12-31\n"
                "04w3z0000000002AAA,SEK,12.5,0001-01-01,2026-02-01\n"
                "04w3z0000000003AAA,SEK,10,2026-02-01,9999-12-31\n"
            ),
        },
        seeds={"fx_rates": RATES},
    )
    assert company.rows("select opportunity_id[11:15], amount from core.dim_opportunities order by 1") == [
        ("Euros", 1200),
        ("Krona", 96),
    ]


@pytest.fixture(scope="module")
def west(small_company: BuildSmallCompany) -> SmallCompany:
    """A company that cuts its days in Los Angeles, with days, and instants around its midnight, of two CRMs and flat files."""
    return small_company(
        {
            "hubspot/deal_pipeline_stage/2026-05-31.csv": (
                "pipeline_id,stage_id,label,display_order,probability,is_closed,closed_won\n"
                "default,open,Open,0,0.2,false,false\n"
            ),
            "hubspot/deal/2026-05-31.csv": (
                "deal_id,deal_pipeline_id,deal_pipeline_stage_id,owner_id,property_amount,property_closedate,"
                "property_createdate,property_hs_lastmodifieddate\n"
                "1,default,open,5,10,2026-07-01T05:30:00Z,2026-01-10T18:00:00Z,2026-04-01T01:10:00Z\n"
                "2,default,open,5,10,2026-07-01T00:00:00Z,2026-04-01,2026-04-01T01:10:00Z\n"
                "3,default,open,5,10,2026-07-01,2026-04-01T06:59:59Z,2026-04-01T07:10:00Z\n"
            ),
            "hubspot/deal_property_history/2026-05-31.csv": (
                "deal_id,name,timestamp,value\n"
                "1,closedate,2026-01-10T18:00:00Z,2026-06-01T05:30:00Z\n"
                "1,closedate,2026-04-01T01:10:00Z,1782883800000\n"
            ),
            "generic/opportunities/2026-05-31.csv": (
                "opportunity_id,stage,amount,close_date,owner_id,created_at\n"
                "g1,New,10,2026-07-01T05:30:00Z,5,2026-04-01\n"
                "g2,New,10,2026-07-01 00:00:00,5,2026-04-01T01:00:00Z\n"
                "g3,New,10,2026-07-01T00:00:00Z,5,2026-04-01 00:00:00\n"
            ),
            "generic/leads/2026-05-31.csv": (
                "lead_id,status,created_at,converted_at\n"
                "l1,Converted,2026-03-10T16:00:00Z,2026-03-10\n"
                "l2,Converted,2026-03-10T16:00:00Z,2026-03-11\n"
                "l3,Converted,2026-03-10,2026-03-10\n"
            ),
        },
        variables=LOS_ANGELES,
    )


def test_an_instant_becomes_a_day_in_the_reporting_zone(west: SmallCompany) -> None:
    assert west.rows("select opportunity_id, close_date::varchar from core.dim_opportunities order by 1") == [
        ("1", "2026-06-30"),
        ("2", "2026-06-30"),
        ("3", "2026-07-01"),
        ("g1", "2026-06-30"),
        ("g2", "2026-07-01"),
        ("g3", "2026-07-01"),
    ]
    assert west.rows(
        "select new_value from intermediate.int_opportunity_changes where opportunity_id = '1' and field = 'close_date' "
        "order by change_number"
    ) == [("2026-05-31",), ("2026-06-30",)]


def test_a_day_begins_in_the_reporting_zone(west: SmallCompany) -> None:
    assert west.rows("select opportunity_id, created_at::varchar from core.dim_opportunities order by 1") == [
        ("1", "2026-01-10 18:00:00"),
        ("2", "2026-04-01 07:00:00"),
        ("3", "2026-04-01 06:59:59"),
        ("g1", "2026-04-01 07:00:00"),
        ("g2", "2026-04-01 01:00:00"),
        ("g3", "2026-04-01 00:00:00"),
    ]


def test_a_day_of_conversion_is_not_before_the_creation_of_that_day(west: SmallCompany) -> None:
    assert west.rows("select lead_id, converted_at::varchar from intermediate.int_leads order by 1") == [
        ("l1", "2026-03-10 16:00:00"),
        ("l2", "2026-03-11 07:00:00"),
        ("l3", "2026-03-10 07:00:00"),
    ]
