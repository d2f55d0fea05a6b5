"""One company as every loading tool writes HubSpot: the same deals, stages, people and owners come out of the warehouse."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.conftest import BuildSmallCompany
from tests.hubspot_tools import TOOLS, airbyte, archived_deals
from tests.small_companies import SmallCompany

STEPS = """
    select opportunity_id, from_stage, to_stage, transitioned_at
    from stage_transitions.fct_stage_transitions
    order by opportunity_id, transition_number
"""
JANUARY, FEBRUARY, MARCH = datetime(2026, 1, 10, 9), datetime(2026, 2, 10, 9), datetime(2026, 3, 10, 10)  # noqa: DTZ001
LADDER = """
    select source_pipeline, stage, stage_order, is_closed, is_won, default_probability::int
    from {}.int_hubspot__pipeline_stages
    order by stage_order
"""


@pytest.fixture(scope="module", params=TOOLS)
def company(request: pytest.FixtureRequest, small_company: BuildSmallCompany) -> SmallCompany:
    return small_company(TOOLS[request.param]())


def schema_of(company: SmallCompany, table: str) -> str:
    return company.value(f"select table_schema from information_schema.tables where table_name = '{table}'")


def test_recorded_stages_are_the_transitions(company: SmallCompany) -> None:
    assert company.rows(STEPS) == [
        ("301", None, "Intro call", JANUARY),
        ("301", "Intro call", "Paperwork", FEBRUARY),
        ("301", "Paperwork", "Signed", MARCH),
        ("302", None, "Intro call", JANUARY),
    ]


def test_stages_have_the_names_the_order_and_the_kind_that_the_account_gives_them(company: SmallCompany) -> None:
    assert company.rows(LADDER.format(schema_of(company, "int_hubspot__pipeline_stages"))) == [
        ("default", "Intro call", 0, False, False, 20),
        ("default", "Paperwork", 1, False, False, 90),
        ("default", "Signed", 2, True, True, 100),
        ("default", "Dropped", 3, True, False, 0),
    ]


def test_deals_are_won_and_open_as_the_account_says(company: SmallCompany) -> None:
    assert company.rows(
        "select opportunity_id, stage, is_open, is_won, amount::int, owner_id, account_id from core.dim_opportunities order by 1"
    ) == [
        ("301", "Signed", False, True, 9000, "501", "801"),
        ("302", "Intro call", True, False, 4000, "502", None),
    ]


def test_contacts_of_deals_are_known(company: SmallCompany) -> None:
    schema = schema_of(company, "int_opportunity_contacts")
    assert company.rows(f"select distinct opportunity_id, contact_id from {schema}.int_opportunity_contacts") == [
        ("301", "701")
    ]


def test_owners_are_known_also_those_who_left(company: SmallCompany) -> None:
    found = company.rows(
        "select user_id, user_name, team from core.dim_users where user_id in ('501', '502') order by 1"
    )
    assert [row[:2] for row in found] == [("501", "Ada Example"), ("502", "Bob Example")]
    assert found[0][2] == "East"


def test_engagements_are_activities_of_their_deals_and_people(company: SmallCompany) -> None:
    if company.value("select count(*) from raw.plumbline_files where starts_with(object_name, 'engagement')") == 0:
        return  # dlt's source has none.
    schema = schema_of(company, "int_activities")
    assert company.rows(
        "select activity_id, activity_type, opportunity_id, contact_id, account_id, owner_id, duration_seconds"
        f" from {schema}.int_activities"
    ) == [("601", "call", "301", "701", "801", "501", 120)]


def test_nothing_stops_the_publish(company: SmallCompany) -> None:
    assert company.broken_checks() == {}


def test_an_archived_deal_is_deleted_when_it_was_archived(small_company: BuildSmallCompany) -> None:
    company = small_company(airbyte("2026-02-01T02:00:00.000Z") | archived_deals())
    schema = schema_of(company, "int_opportunities")
    assert company.rows(
        f"select opportunity_id, deleted_at from {schema}.int_opportunities where deleted_at is not null"
    ) == [("302", datetime(2026, 2, 20, 12))]  # noqa: DTZ001
    assert company.rows("select opportunity_id from core.dim_opportunities") == [("301",)]
