"""What a mapping asks for and no file has, and what rows say and nothing knows, is said with counts and what is near."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_project.lib.check.losses import find_losses
from dagster_project.lib.check.nearest import nearest
from dagster_project.lib.check.references import RECORDS, refers_to
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.settings import PROJECT_ROOT
from dagster_project.simulate import Options, simulate
from tests.unit.ingest.landing_zone import LandingZone

MAPPING = """
source: crm
extends: generic
extract_time: {path: '(\\d{4}-\\d{2}-\\d{2})'}
feeds:
  - file: crm/deals-*.csv
    object: opportunities
    columns: {opportunity_id: Deal, amount: Vaule, stage: Stage, owner_id: Rep}
"""
HEADER = "Deal,Value,Stage,Rep\n"


@pytest.fixture
def crm(zone: LandingZone) -> LandingZone:
    zone.settings = replace(zone.settings, seeds=PROJECT_ROOT / "seeds")
    zone.write_mapping(MAPPING)
    return zone


def losses(zone: LandingZone, *objects: str) -> list[str]:
    """What one load of opportunities, then of other objects of `generic`, says."""
    loads = [zone.load(name) for name in ("opportunities", *objects)]
    return find_losses(zone.connection, zone.settings, zone.sources, loads)


def test_a_column_that_no_file_has_is_named_with_the_nearest(crm: LandingZone) -> None:
    crm.write("crm/deals-2026-03-30.csv", HEADER + "1,5,New,a\n")
    assert losses(crm) == [
        "mapping.yml: the column 'Vaule' of opportunities.amount: crm/deals-2026-03-30.csv lacks it (nearest: 'Value')."
    ]
    crm.write("crm/deals-2026-03-31.csv", HEADER + "1,6,New,a\n")
    assert "none of its 2 files has it (nearest: 'Value')" in losses(crm)[0]
    crm.write("crm/deals-2026-04-01.csv", "Deal,Vaule,Stage,Rep\n1,7,New,a\n")
    assert "2 of 3 files lack it, such as crm/deals-2026-03-30.csv" in losses(crm)[0]


def test_a_glob_that_matches_no_file(crm: LandingZone) -> None:
    crm.write("crm/deal-2026-03-31.csv", HEADER)
    assert losses(crm) == [
        "mapping.yml: 'crm/deals-*.csv' (opportunities) matches no file (nearest: 'crm/deal-2026-03-31.csv')."
    ]
    crm.write_mapping(MAPPING.replace("deals-*.csv", "*"))
    (crm.landing / "crm" / "deal-2026-03-31.csv").rename(crm.landing / "crm" / "deals.xlsx")
    assert losses(crm) == [
        "mapping.yml: 'crm/*' (opportunities) matches no file that is read: crm/deals.xlsx is no CSV, Parquet or JSON "
        "lines. Save it as CSV."
    ]


def test_one_id_on_rows_that_differ(crm: LandingZone) -> None:
    crm.write_mapping(MAPPING.replace("Vaule", "Value"))
    crm.write("crm/deals-2026-03-31.csv", HEADER + "a,5,New,x\na,6,New,x\na,7,Won,y\nb,1,New,x\nb,1,New,x\n")
    assert losses(crm) == [
        "crm/deals-2026-03-31.csv: 3 rows of opportunities that differ bear 1 id (opportunity_id); of each id one row "
        "counts. Is the column of opportunity_id one per record?"
    ]


def test_versions_of_one_record_are_no_shared_id_but_two_births_are(crm: LandingZone) -> None:
    folder = "generic/opportunities"
    header = "opportunity_id,amount,created_at,modified_at\n"
    crm.write_mapping(MAPPING.replace("Vaule", "Value").replace("crm/deals-*.csv", f"{folder}/none-*.csv"))
    crm.write(f"{folder}/2026-03-30.csv", header + "1,5,2026-01-01,2026-02-01\n1,6,2026-01-01,2026-03-01\n")
    assert not [said for said in losses(crm) if "bear" in said]
    crm.write(f"{folder}/2026-03-31.csv", header + "2,5,2026-01-01,2026-02-01\n2,6,2026-01-02,2026-03-01\n")
    assert [said for said in losses(crm) if "2 rows of opportunities that differ bear 1 id" in said]


def test_references_that_match_nothing_are_counted_the_worst_first(zone: LandingZone) -> None:
    zone.settings = replace(zone.settings, seeds=PROJECT_ROOT / "seeds")
    zone.write("generic/opportunities/2026-03-31.csv", "opportunity_id,account_id\n1,a\n2,null\n3,\n")
    zone.write(
        "generic/activities/2026-03-31.csv",
        "activity_id,activity_type,occurred_at,opportunity_id,owner_id\n"
        "1,call,2026-03-01,X1,u\n2,call,2026-03-01,X1,u\n3,call,2026-03-01,X2,v\n",
    )
    zone.write("generic/users/2026-03-31.csv", "user_id\nu\n")
    assert losses(zone, "activities", "users") == [
        "generic activities: none of 2 ids in `opportunity_id` found among the opportunities (3 rows).",
        "generic activities: 1 of 2 ids not in `owner_id` found among the users (1 rows).",
    ]
    assert losses(zone) == []


def test_ids_of_15_and_18_characters_are_one(zone: LandingZone) -> None:
    zone.write("salesforce/User/2026-03-31.csv", "Id,Name\n0055e00000AeTwOAAV,Bob\n")
    zone.write("salesforce/Opportunity/2026-03-31.csv", "Id,OwnerId\n1,0055e00000AeTwO\n2,0055e00000AeTwP\n")
    loads = [zone.load("User", "salesforce"), zone.load("Opportunity", "salesforce")]
    said = find_losses(zone.connection, zone.settings, zone.sources, loads)
    assert said == ["salesforce Opportunity: 1 of 2 ids not in `owner_id` found among the users (1 rows)."]


def test_touch_types_and_statuses_outside_the_taxonomy(zone: LandingZone) -> None:
    zone.settings = replace(zone.settings, seeds=PROJECT_ROOT / "seeds")
    zone.write(
        "generic/touches/2026-03-31.csv",
        "touch_id,touch_type,touch_status,touched_at\n"
        "1,webinar,attended,2026-03-01\n2,Webinar,Atended,2026-03-01\n3,Webinars,Attended,2026-03-01\n"
        "4,chat,anything,2026-03-01\n5,Webinars,Registered,2026-03-01\n6,,,2026-03-01\n",
    )
    assert losses(zone, "touches") == [
        "generic: touch type 'Webinars', 2 touches, is not in channel_taxonomy.csv (nearest: 'Webinar').",
        "generic: status 'Atended' of touch type 'Webinar', 1 touches, is not in channel_taxonomy.csv (nearest: "
        "'Attended').",
    ]


def test_every_declared_reference_is_a_column_of_its_contract(zone: LandingZone) -> None:
    objects = {(entry.source, entry.name): entry for source in load_sources(zone.settings) for entry in source.objects}
    for homes in RECORDS.values():
        for source, name, column in homes:
            assert objects[source, name].column(column) is not None
    referring = {
        target.name for target in objects.values() for column in target.columns if refers_to(target, column.name)
    }
    assert {"Opportunity", "activities", "deal_contact", "CampaignMember", "program_membership"} <= referring


def test_the_nearest_name() -> None:
    assert nearest("closedate", ["Close Date", "close_date", "amount"]) == "close_date"
    assert nearest("xyz", ["Close Date"]) is None


def test_a_company_whose_files_are_whole_loses_nothing(zone: LandingZone) -> None:
    """What is said must be worth reading: no sentence about extracts that hold together."""
    zone.settings = replace(zone.settings, mappings=None, seeds=PROJECT_ROOT / "seeds")
    simulate(Options(opportunities=40, quarters=3, dirt=0.0), zone.landing)
    loads = [zone.load(target.name, source.name) for source in zone.sources for target in source.objects]
    assert find_losses(zone.connection, zone.settings, zone.sources, loads) == []


def test_a_ready_mapping_asks_for_nothing_that_its_file_may_lack(crm: LandingZone) -> None:
    crm.write_mapping("source: pipe\nextends: pipedrive\nlanding: exports\n")
    crm.write("exports/deals-2026-03-31.csv", "Deal - ID,Deal - Title,Deal - Status,Deal - Stage\n1,A,Open,Talk\n")
    assert losses(crm) == []
    (crm.landing / "exports" / "deals-2026-03-31.csv").unlink()
    assert any("'exports/*' (opportunities) matches no file" in said for said in losses(crm))


def test_of_several_names_of_a_column_one_suffices(crm: LandingZone) -> None:
    crm.write_mapping(MAPPING.replace("Vaule", "[Vaule, Value]").replace("stage: Stage", "stage: [Phase, Step]"))
    crm.write("crm/deals-2026-03-31.csv", HEADER + "1,5,New,a\n")
    assert losses(crm) == [
        "mapping.yml: the column 'Phase' or 'Step' of opportunities.stage: crm/deals-2026-03-31.csv lacks it."
    ]
