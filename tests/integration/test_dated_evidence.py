"""Evidence, journeys and counts are judged on what was so at their instant: what an extract of winter tells of edits changes no
verdict of summer, whatever the as-of date, and what stood then stays. One company for all, seen as of two days.

Kinds: contact roles, contacts' accounts, members' statuses, deletions, activities logged late, and moves of a source that try to hide.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.conftest import BuildSmallCompany
from tests.integration.edited_company import EDITED, TOLD, Extract, csv_text
from tests.small_companies import SmallCompany

AS_OF = (date(2025, 10, 15), date(2025, 12, 31))
MOVE = ("2025-08-10", "Cold Call", "Web")


def told() -> Extract:
    """What the extract of September says."""
    first = Extract(TOLD).staff().account("elsewhere")
    names = "named_late joined left gone corrected washed paused jumped won unnamed raised late timely old_role window recycled"
    for name in names.split():
        first.account(name)
        first.opportunity(name, name, "2025-07-10", stage="Closed Won" if name in ("won", "unnamed") else "Discovery")
        home = "elsewhere" if name in ("named_late", "joined", "won", "unnamed", "window") else name
        first.contact(f"c_{name}", home)
    for name in ("named_late", "joined", "left", "won", "unnamed", "window"):
        first.member(f"m_{name}", "site", "Requested Demo", "2025-07-01T09:00:00Z", contact=f"c_{name}")
    for name in ("named_late", "joined", "left", "corrected", "raised", "late", "timely", "old_role"):
        first.moved(name, MOVE)
    first.role("r_won", "won", "c_won", "2025-07-10").stage("won", "Closed Won", "2025-08-20")
    first.stage("unnamed", "Closed Won", "2025-08-20")
    # Made twenty days after the creation: as honest practice has it.
    first.role("r_window", "window", "c_window", "2025-07-30")
    # A partner's registration, and one that was a mistake and taken back after two days.
    first.member("m_gone", "part", "Registered Deal", "2025-07-01T09:00:00Z", contact="c_gone")
    first.member("m_corrected", "site", "Requested Demo", "2025-07-01T09:00:00Z", contact="c_corrected",
                 modified="2025-07-03", IsDeleted="true")  # fmt: skip
    first.member("m_raised", "fair", "Downloaded", "2025-07-01T09:00:00Z", contact="c_raised")
    first.call("t_timely", "c_timely", "2025-07-05T09:00:00Z", recorded="2025-07-14T09:00:00Z")
    # Washed by way of an empty and of an unknown value; emptied for a while, though marketing all along; to and fro within a day.
    first.moved(
        "washed", ("2025-08-01", "Partner Referral", ""), ("2025-08-05", "", "Other"), ("2025-08-09", "Other", "Web")
    )
    first.moved("paused", ("2025-08-01", "Web", ""), ("2025-08-05", "", "Web"))
    first.moved("jumped", ("2025-08-01", "Partner Referral", "Web"), ("2025-08-02", "Web", "Partner Referral"),
                ("2025-08-20", "Partner Referral", "Web"))  # fmt: skip
    first.member("m_recycled", "part", "Registered Deal", "2025-07-01T09:00:00Z", contact="c_recycled")
    return first


def edited() -> Extract:
    """What the extract of December says of it."""
    later = Extract(EDITED)
    later.role("r_named_late", "named_late", "c_named_late", "2025-12-01")
    later.contact("c_joined", "joined", "2025-12-02")
    later.contact("c_left", "elsewhere", "2025-12-03")
    later.member("m_gone", "part", "Registered Deal", "2025-07-01T09:00:00Z", contact="c_gone", modified="2025-12-04",
                 IsDeleted="true")  # fmt: skip
    later.member(
        "m_raised", "fair", "Requested Contact", "2025-07-01T09:00:00Z", contact="c_raised", modified="2025-12-05"
    )
    later.role("r_won", "won", "c_won", "2025-07-10", "2025-12-06", IsDeleted="true")
    # This one, of which no extract told while it stood, had been taken away before the deal was won.
    later.role("r_unnamed", "unnamed", "c_unnamed", "2025-07-10", "2025-08-15", IsDeleted="true")
    later.call("t_late", "c_late", "2025-07-05T09:00:00Z", recorded="2025-12-07T09:00:00Z")
    later.role("r_old", "old_role", "c_joined", "2025-12-08")
    return later


@pytest.fixture(scope="module", params=AS_OF, ids=str)
def company(request: pytest.FixtureRequest, small_company: BuildSmallCompany) -> SmallCompany:
    return small_company({**told().files, **edited().files}, as_of=request.param)


def findings(company: SmallCompany, opportunity: str) -> list[str]:
    return [
        kind
        for (kind,) in company.rows(
            f"select kind from governance.fct_source_relabels where opportunity_id = '{opportunity}' order by changed_at"
        )
    ]


@pytest.mark.parametrize(
    ("opportunity", "kinds"),
    [
        ("named_late", ["relabeled"]),  # a role made five months later names nobody of July
        ("joined", ["relabeled"]),  # nor does a contact that came to the account since
        ("left", ["corrected"]),  # a contact that left was there
        ("gone", ["contradicted"]),  # a registration that was deleted in December was made
        ("corrected", ["relabeled"]),  # one deleted after two days never was
        ("raised", ["relabeled"]),  # a download isn't a request, whatever became of it
        ("late", ["relabeled"]),  # a call that was logged after the verdict decides nothing
        ("timely", ["corrected"]),  # one that was logged in time does
        ("washed", ["relabeled"]),
        ("paused", ["unsupported"]),
        ("jumped", ["relabeled"]),
        ("recycled", ["contradicted"]),
    ],
)
def test_the_verdict_is_that_of_the_evidence_of_then(company: SmallCompany, opportunity: str, kinds: list[str]) -> None:
    assert findings(company, opportunity) == kinds


def test_a_washed_move_names_where_it_came_from(company: SmallCompany) -> None:
    assert company.rows(
        "select old_value, new_value, is_indirect, changed_at, is_in_share from governance.fct_source_relabels"
        " where opportunity_id = 'washed'"
    ) == [("Partner Referral", "Web", True, datetime.fromisoformat("2025-08-09"), True)]


def test_a_won_journey_keeps_whom_it_had(company: SmallCompany) -> None:
    won = "select is_in_created_journey, is_in_won_journey, linear_won from attribution.fct_attribution_credits"
    assert company.rows(f"{won} where touch_id = 'm_won'") == [(True, True, 1.0)]
    assert company.rows(f"{won} where touch_id = 'm_unnamed'") == [(True, False, 0.0)]


def test_roles_made_soon_after_the_creation_count_for_it(company: SmallCompany) -> None:
    assert company.rows(
        "select touch_id, is_in_created_journey from attribution.fct_attribution_credits where opportunity_id = 'window'"
    ) == [("m_window", True)]
    assert company.rows("select evidence_function from core.dim_opportunities where opportunity_id = 'window'") == [
        ("marketing_inbound",)
    ]


def test_what_was_deleted_later_is_marked_as_of_then(company: SmallCompany) -> None:
    is_winter = company.value("select as_of_date from intermediate.int_run_settings") == AS_OF[1]
    assert company.rows(
        "select is_deleted_later, is_in_created_journey from attribution.fct_attribution_credits where touch_id = 'm_gone'"
    ) == [(is_winter, True)]


def test_nothing_is_broken(company: SmallCompany) -> None:
    assert company.broken_checks() == {}


def test_a_role_of_the_next_weeks_is_unknown_before_it(small_company: BuildSmallCompany) -> None:
    company = small_company({**told().files, **edited().files}, as_of=date(2025, 7, 20))
    assert company.rows("select evidence_function from core.dim_opportunities where opportunity_id = 'window'") == [
        ("outbound_ae",)
    ]
    assert company.rows("select touch_id from attribution.fct_attribution_credits where opportunity_id = 'window'") == [
        ("no_marketing_touch",)
    ]
    # The creator's role alone until the call was logged; a mistake that was taken back never was, also as of before.
    assert company.rows("select evidence_confidence from core.dim_opportunities where opportunity_id = 'timely'") == [
        ("high",)
    ]
    assert company.rows("select count(*) from intermediate.int_touches where touch_id = 'm_corrected'") == [(0,)]


def test_two_systems_and_nobody(small_company: BuildSmallCompany) -> None:
    """A generic file tells of the demo that Salesforce's member tells of, and of touches of people whom no file holds."""
    columns = ["touch_id", "contact_id", "touch_type", "touch_status", "asset", "touched_at"]
    told_by_file = [
        ("g1", "c_left", "website", "requested demo", "/demo", "2025-07-01T15:00:00Z"),
        ("g2", "c_left", "website", "requested demo", "", "2025-07-02T15:00:00Z"),
        ("g3", "stranger", "website", "requested demo", "", "2025-07-02T15:00:00Z"),
    ]
    rows = [dict(zip(columns, values, strict=True)) for values in told_by_file]
    files = {**told().files, "generic/touches/2025-09-01.csv": csv_text(columns, rows)}
    company = small_company(files)
    assert company.rows(
        "select touch_id from attribution.fct_attribution_credits where opportunity_id = 'left' order by touch_number"
    ) == [("g1",), ("g2",)]
    assert company.rows("select told_by from intermediate.int_touch_repeats where touch_id = 'm_left'") == [
        ("other_system",)
    ]
    assert company.rows(
        "select n_unmatched, n_touches - n_matched from attribution.agg_touches_by_channel"
        " where channel = 'website' and fiscal_period_id = 'FY2025-Q3'"
    ) == [(1, 1)]
    assert company.rows("select count(*) from attribution.fct_attribution_credits where touch_id = 'g3'") == [(0,)]


def test_a_channel_is_one_however_it_is_spelled(small_company: BuildSmallCompany) -> None:
    """It bears the taxonomy's name, else the first; where two systems tell one event in two spellings, it is told once."""
    columns = ["touch_id", "contact_id", "touch_type", "channel", "touched_at"]
    told_by_file = [
        ("g1", "c_left", "banner", "Paid Social", "2025-07-02T15:00:00Z"),
        ("g2", "c_left", "banner", "paid  social", "2025-07-03T15:00:00Z"),
        ("g3", "c_joined", "banner", "PaidSocial ", "2025-07-04T15:00:00Z"),
        ("g4", "c_left", "website", "Web Site", "2025-07-01T15:00:00Z"),
        ("g5", "c_left", "podcast", "WEBSITE", "2025-07-05T15:00:00Z"),
    ]
    rows = [dict(zip(columns, values, strict=True)) for values in told_by_file]
    company = small_company({**told().files, "generic/touches/2025-09-01.csv": csv_text(columns, rows)})
    for mart in ("attribution.fct_attribution_credits", "attribution.agg_source_attribution"):
        channels = company.rows(
            f"select distinct channel from {mart} where channel ilike 'paid%' or channel ilike 'web%site'"
        )
        assert sorted(channels) == [("Paid Social",), ("website",)], mart
    assert company.rows(
        "select channel, n_touches from attribution.agg_touches_by_channel"
        " where fiscal_period_id = 'FY2025-Q3' and channel = 'Paid Social'"
    ) == [("Paid Social", 3)]
    assert company.rows("select told_by from intermediate.int_touch_repeats where touch_id = 'g4'") == [
        ("other_system",)
    ]
    assert company.broken_checks() == {}


def test_counts_come_from_spans(small_company: BuildSmallCompany) -> None:
    """Two contacts are asked for: one named twice is one, one whose role was taken away before the entry is none."""
    first = Extract(TOLD).staff()
    for name, at in (("twice", "2025-07-10"), ("gone", "2025-07-10"), ("stays", "2025-07-10")):
        first.account(name).opportunity(name, name, at).stage(name, "Negotiation", "2025-08-01")
        first.contact(f"{name}1", name).contact(f"{name}2", name)
        first.role(f"{name}1", name, f"{name}1", "2025-07-11")
    first.role("twice1b", "twice", "twice1", "2025-07-12")
    first.role("gone2", "gone", "gone2", "2025-07-11", "2025-07-20", IsDeleted="true")
    first.role("stays2", "stays", "stays2", "2025-07-11", "2025-08-20", IsDeleted="true")
    company = small_company(first.files)
    assert company.rows(
        "select opportunity_id, result, value_number from governance.fct_stage_rule_evaluations"
        " where rule_id = 'negotiation_contacts' order by 1"
    ) == [("gone", "fail", 1.0), ("stays", "pass", 2.0), ("twice", "fail", 1.0)]


def test_leads_convert_when_the_record_says(small_company: BuildSmallCompany) -> None:
    """Also on the day of their creation, of which the date alone is told."""
    first = Extract(TOLD).staff().account("a").contact("c", "a").opportunity("o", "a", "2025-08-05T12:00:00Z")
    common = {"Name": "l", "LeadSource": "Web", "OwnerId": "ae", "CreatedById": "ae", "SystemModstamp": "2025-08-30"}
    done = {"Status": "Converted", "IsConverted": "true", "ConvertedAccountId": "a", "ConvertedContactId": "c"}
    done["ConvertedOpportunityId"] = "o"
    first.add("Lead", Id="slow", CreatedDate="2025-07-01T10:00:00Z", ConvertedDate="2025-08-05", **common, **done)
    first.add("Lead", Id="fast", CreatedDate="2025-08-05T10:00:00Z", ConvertedDate="2025-08-05", **common, **done)
    first.add("Lead", Id="open", CreatedDate="2025-07-01T10:00:00Z", Status="Working", IsConverted="false", **common)
    company = small_company(first.files)
    assert company.rows(
        "select lead_id, lead_stage, entered_at, exited_at from stage_transitions.fct_lead_stage_visits order by 1, visit_number"
    ) == [
        ("fast", "converted", datetime.fromisoformat("2025-08-05T10:00"), None),
        ("open", "lead", datetime.fromisoformat("2025-07-01T10:00"), datetime.fromisoformat("2025-08-30")),
        ("open", "sal", datetime.fromisoformat("2025-08-30"), None),
        ("slow", "lead", datetime.fromisoformat("2025-07-01T10:00"), datetime.fromisoformat("2025-08-05")),
        ("slow", "converted", datetime.fromisoformat("2025-08-05"), None),
    ]
    assert dict(company.rows("select lead_id, converted_at from core.dim_leads")) == {
        "slow": datetime.fromisoformat("2025-08-05"),
        "fast": datetime.fromisoformat("2025-08-05T10:00"),
        "open": None,
    }
