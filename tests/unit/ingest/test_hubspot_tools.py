"""HubSpot as loading tools really write it: every stream that carries what is modelled becomes rows of its object."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from landing_zone import LandingZone

from dagster_project.lib.ingest import FileReport, load_object, prepare_raw, unmatched_files
from tests.hubspot_tools import DEALS, JANUARY, STAGES, STEPS, TOOLS, airbyte, archived_deals, lines

PIPELINE = (
    "select pipeline_id, stage_id, label, display_order, probability::double from raw.hubspot__deal_pipeline_stage"
)
HISTORY = 'select "name", value, "timestamp" from raw.hubspot__{}_property_history where {}_id = \'{}\' order by 3, 2'


def loaded(zone: LandingZone, files: Mapping[str, str]) -> list[tuple[str, FileReport]]:
    """(object, file) of everything that was loaded of HubSpot."""
    for name, text in files.items():
        zone.write(name, text)
    sources = [source for source in zone.sources if source.name == "hubspot"]
    prepare_raw(zone.connection, sources)
    found = []
    for target in sources[0].objects:
        report = load_object(zone.connection, zone.settings, sources, "hubspot", target.name, 1)
        found += [(target.name, file) for file in report.files]
    return found


@pytest.mark.parametrize("tool", TOOLS)
def test_every_row_of_every_stream_is_loaded(zone: LandingZone, tool: str) -> None:
    reports = loaded(zone, TOOLS[tool]())
    assert unmatched_files(zone.settings, zone.sources) == []
    for name, file in reports:
        assert (file.status, file.rows_quarantined) == ("loaded", 0), (name, file)
        assert file.rows_in == file.rows_loaded, (name, file)


@pytest.mark.parametrize("tool", TOOLS)
def test_what_the_records_say_is_what_was_written(zone: LandingZone, tool: str) -> None:
    loaded(zone, TOOLS[tool]())
    deals = zone.rows(
        "select deal_id, deal_pipeline_stage_id, owner_id, property_amount::int, property_hs_lastmodifieddate,"
        " _is_deleted from raw.hubspot__deal order by 1"
    )
    assert [row[:4] for row in deals] == [
        (key, deal["dealstage"], deal["hubspot_owner_id"], int(deal["amount"])) for key, deal in DEALS.items()
    ]
    assert all(row[4] is not None and row[5] is False for row in deals)
    steps = zone.rows(HISTORY.format("deal", "deal", "301"))
    assert [(name, value, f"{at.isoformat(timespec='milliseconds')}Z") for name, value, at in steps] == [
        ("dealstage", value, at) for value, at in STEPS
    ]
    assert [row[:2] for row in zone.rows(HISTORY.format("company", "company", "801"))] == [("name", "Cust")]
    assert zone.rows("select deal_id, contact_id from raw.hubspot__deal_contact") == [("301", "701")]
    assert zone.rows("select deal_id, company_id from raw.hubspot__deal_company") == [("301", "801")]
    assert zone.rows("select distinct team_id from raw.hubspot__owner_team") == [("31",)]
    stages = zone.rows(f"{PIPELINE} order by display_order")
    expected = [(stage, label, order, probability) for order, (stage, label, _, probability) in enumerate(STAGES)]
    assert [row[1:] for row in stages] == expected
    assert {row[0] for row in stages} == {None if tool == "dlt" else "default"}


@pytest.mark.parametrize("tool", ["airbyte", "stitch", "stitch_tables"])
def test_engagements_name_people_companies_and_deals(zone: LandingZone, tool: str) -> None:
    loaded(zone, TOOLS[tool]())
    for kind, identity in (("contact", "701"), ("company", "801"), ("deal", "301")):
        assert zone.rows(f"select engagement_id, {kind}_id from raw.hubspot__engagement_{kind}") == [("601", identity)]


@pytest.mark.parametrize("tool", ["stitch", "stitch_tables"])
def test_an_engagement_of_the_older_api_is_whole(zone: LandingZone, tool: str) -> None:
    loaded(zone, TOOLS[tool]())
    assert zone.rows("select id, type, owner_id, call_duration, status, created_at from raw.hubspot__engagement") == [
        ("601", "CALL", "501", 120000, "COMPLETED", zone.rows("select timestamp '2026-01-11 15:00:00'")[0][0])
    ]


def test_a_stream_of_archived_records_tells_their_deletion_and_its_instant(zone: LandingZone) -> None:
    loaded(zone, airbyte() | archived_deals())
    assert zone.rows(
        "select _is_deleted, archived_at::varchar, _version_at::varchar from raw.hubspot__deal where deal_id = '302'"
        " order by _extracted_at"
    ) == [(False, None, "2026-01-10 09:00:00"), (True, "2026-02-20 12:00:00", "2026-01-10 09:00:00")]
    assert zone.rows("select contact_id from raw.hubspot__deal_contact where deal_id = '302'") == [("702",)]


def test_archived_owners_are_known_by_the_user_they_were(zone: LandingZone) -> None:
    loaded(zone, airbyte())
    assert zone.rows(
        "select owner_id, active_user_id, user_id_including_inactive, is_archived from raw.hubspot__owner order by 1"
    ) == [("501", "7501", "7501", False), ("502", None, "7502", True)]


@pytest.mark.parametrize("folder", ["Deals_Property_History", "DEALSPROPERTYHISTORY", "dealsPropertyHistory"])
def test_streams_are_found_in_any_case(zone: LandingZone, folder: str) -> None:
    text = airbyte()["hubspot/deals_property_history/2026-03-31.jsonl"]
    assert len(loaded(zone, {f"hubspot/{folder}/part.jsonl": text})) == 1


def test_values_that_dlt_split_by_type_are_one(zone: LandingZone) -> None:
    rows = [
        {"object_id": "1", "property_name": "amount", "timestamp": JANUARY, "value": None, "value__v_double": 12.5},
        {"object_id": "1", "property_name": "dealstage", "timestamp": JANUARY, "value": "new", "value__v_double": None},
    ]
    loaded(zone, {"hubspot/deals_property_history/2026-03-31.jsonl": lines({**row, "_dlt_id": "x"} for row in rows)})
    assert zone.rows(HISTORY.format("deal", "deal", "1")) == [
        ("amount", "12.5", zone.rows("select timestamp '2026-01-10 09:00:00'")[0][0]),
        ("dealstage", "new", zone.rows("select timestamp '2026-01-10 09:00:00'")[0][0]),
    ]


def test_tables_of_lists_are_dated_by_the_load_that_names_their_file(zone: LandingZone) -> None:
    text = TOOLS["dlt"]()["hubspot/contacts__deals/2026-03-31.jsonl"]
    loaded(zone, {"hubspot/contacts__deals/1774922400.25.ab12cd34ef.jsonl": text})
    assert zone.rows("select _extracted_at::varchar, _is_extract_time_declared from raw.hubspot__deal_contact") == [
        ("2026-03-31 02:00:00.25", True)
    ]


def test_files_of_two_streams_are_not_compared_for_drift(zone: LandingZone, tmp_path: Path) -> None:
    for name, text in (airbyte() | archived_deals()).items():
        zone.write(name, text)
    assert zone.load("deal", "hubspot").drift == []
    assert zone.load("deal", "hubspot").drift == []
