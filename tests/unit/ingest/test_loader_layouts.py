"""What loading tools add to a source's columns: packed records, split columns, deletions, versions with an end."""

from __future__ import annotations

import json

import pytest
from landing_zone import LandingZone

from dagster_project.lib.contracts import find_object

DAY = "2026-01-05"
HISTORY = "id,stage_name,system_modstamp,_fivetran_start,_fivetran_end,_fivetran_active,_fivetran_synced"
OPEN_END = "9999-12-31T23:59:59.999Z"


def deals(zone: LandingZone) -> list[tuple[object, ...]]:
    return zone.rows(
        "select id, stage_name, _version_at::varchar, _is_deleted, _custom from raw.salesforce__opportunity"
        " order by _version_at, id"
    )


@pytest.mark.parametrize("folder", ["OpportunityFieldHistory", "opportunity_field_history", "opportunityfieldhistory"])
def test_a_folder_is_an_object_however_a_tool_spells_it(zone: LandingZone, folder: str) -> None:
    zone.write(
        f"salesforce/{folder}/{DAY}.csv", "Id,OpportunityId,Field,NewValue,CreatedDate\nh1,o1,StageName,,2026-01-01\n"
    )
    assert zone.load_one("OpportunityFieldHistory", "salesforce").rows_loaded == 1


@pytest.mark.parametrize(
    ("is_deleted", "also", "expected"),
    [("true", "false", True), ("false", "true", True), ("", "true", True), ("false", "", False), ("", "", False)],
)
def test_a_deletion_is_told_by_the_source_or_by_the_tool(
    zone: LandingZone, is_deleted: str, also: str, expected: bool
) -> None:
    zone.write(f"salesforce/opportunity/{DAY}.csv", f"id,is_deleted,_fivetran_deleted\n1,{is_deleted},{also}\n")
    assert zone.load_one("Opportunity", "salesforce").rows_loaded == 1
    assert [(row[3], row[4]) for row in deals(zone)] == [(expected, "{}")]


def test_a_deletion_flag_that_is_no_boolean_is_a_bad_row(zone: LandingZone) -> None:
    zone.write(f"salesforce/opportunity/{DAY}.csv", "id,is_deleted,_fivetran_deleted\n1,false,perhaps\n")
    report = zone.load_one("Opportunity", "salesforce")
    assert (report.rows_loaded, report.rows_quarantined) == (0, 1)
    assert zone.quarantine()[0][3:5] == ("is_deleted", "perhaps")


@pytest.mark.parametrize("taken", ["1767571200000", "2026-01-05T00:00:00.000Z"])
def test_a_record_inside_a_json_column_is_unpacked(zone: LandingZone, taken: str) -> None:
    record = json.dumps({"id": "7", "properties": {"dealname": "Big", "amount": "12.5", "tier": "A"}, "archived": True})
    line = json.dumps({"_airbyte_raw_id": "x", "_airbyte_extracted_at": taken, "_airbyte_data": json.loads(record)})
    zone.write("hubspot/deals/part.jsonl", line + "\n")
    assert zone.load_one("deal", "hubspot").rows_loaded == 1
    assert zone.rows(
        "select deal_id, property_dealname, property_amount::varchar, _is_deleted, _extracted_at::varchar, _custom"
        " from raw.hubspot__deal"
    ) == [("7", "Big", "12.500000", True, "2026-01-05 00:00:00", '{"properties_tier":"A"}')]


def test_a_packed_value_that_is_no_object_is_not_lost(zone: LandingZone) -> None:
    rows = ['{"id": "1", "properties": {"amount": 2}}', '{"id": "2", "properties": "none"}']
    zone.write(f"hubspot/deal/{DAY}.jsonl", "\n".join(rows) + "\n")
    assert zone.load_one("deal", "hubspot").rows_loaded == 2
    assert zone.rows("select deal_id, property_amount::varchar, _custom from raw.hubspot__deal order by 1") == [
        ("1", "2.000000", "{}"),
        ("2", None, '{"properties":"none"}'),
    ]


def test_a_column_that_was_split_by_type_is_one(zone: LandingZone) -> None:
    zone.write(
        "salesforce/opportunityfieldhistory/part.csv",
        "id,opportunityid,field,createddate,newvalue__st,newvalue__de,newvalue__bo,_sdc_batched_at,_sdc_sequence\n"
        "1,o,StageName,2026-01-01,Won,,,2026-01-05,1\n2,o,Amount,2026-01-01,,12.5,,2026-01-05,2\n"
        "3,o,IsWon,2026-01-01,,,true,2026-01-05,3\n",
    )
    assert zone.load_one("OpportunityFieldHistory", "salesforce").rows_loaded == 3
    assert zone.rows(
        "select new_value, _custom, _extracted_at::varchar from raw.salesforce__opportunity_field_history order by id"
    ) == [(value, "{}", "2026-01-05 00:00:00") for value in ("Won", "12.5", "true")]


def test_a_version_that_none_follows_ends_in_a_deletion(zone: LandingZone) -> None:
    zone.write(
        "salesforce/opportunity/history.csv",
        f"{HISTORY}\n"
        "1,New,2026-01-01,2026-01-01,2026-01-01T23:59:59.999Z,false,2026-01-02\n"
        f"1,Won,2026-01-02,2026-01-02,{OPEN_END},true,2026-01-02\n"
        "2,New,2026-01-01,2026-01-01,2026-01-03T10:00:00Z,false,2026-01-04\n",
    )
    report = zone.load_one("Opportunity", "salesforce")
    assert (report.rows_in, report.rows_loaded) == (3, 3)
    assert deals(zone) == [
        ("1", "New", "2026-01-01 00:00:00", False, "{}"),
        ("2", "New", "2026-01-01 00:00:00", False, "{}"),
        ("1", "Won", "2026-01-02 00:00:00", False, "{}"),
        ("2", "New", "2026-01-03 10:00:00", True, "{}"),
    ]


def test_an_ended_version_among_extracts_of_the_same_time_is_deleted_once(zone: LandingZone) -> None:
    ended = "2,New,2026-01-01,2026-01-01,2026-01-03T10:00:00Z,false,2026-01-04\n"
    zone.write("salesforce/opportunity/a.csv", f"{HISTORY}\n3,New,2026-01-01,2026-01-01,{OPEN_END},true,2026-01-04\n")
    zone.write("salesforce/opportunity/b.csv", f"{HISTORY}\n{ended}{ended}")
    zone.write("salesforce/opportunity/c.csv", f"{HISTORY}\n{ended}")
    zone.load("Opportunity", "salesforce")
    assert [(row[0], row[3]) for row in deals(zone)] == [("2", False), ("3", False), ("2", True)]


def test_an_end_that_is_no_instant_is_a_bad_row(zone: LandingZone) -> None:
    zone.write("salesforce/opportunity/a.csv", f"{HISTORY}\n1,New,2026-01-01,2026-01-01,soon,false,2026-01-04\n")
    assert zone.load_one("Opportunity", "salesforce").rows_quarantined == 1
    assert zone.quarantine()[0][3:5] == ("_fivetran_end", "soon")


@pytest.mark.parametrize(
    ("source", "table", "header", "row"),
    [
        ("salesforce", "ForecastingQuota", "id,quota_owner_id,start_date", "1,u1,2026-01-01"),
        ("salesforce", "DatedConversionRate", "id,iso_code,conversion_rate,start_date", "1,EUR,0.9,2026-01-01"),
        ("salesforce", "OpportunityStage", "id,master_label", "1,Won"),
        ("salesforce", "User", "id,name", "1,Ann"),
        ("hubspot", "engagement", "id,type", "1,CALL"),
    ],
)
def test_a_tool_tells_deletions_of_what_its_source_never_flags(
    zone: LandingZone, source: str, table: str, header: str, row: str
) -> None:
    zone.write(f"{source}/{table}/{DAY}.csv", f"{header},_fivetran_deleted\n{row},false\n")
    zone.write(f"{source}/{table}/2026-01-06.csv", f"{header},_fivetran_deleted\n{row},true\n")
    zone.load(table, source)
    target = find_object(zone.sources, source, table)
    assert zone.rows(f"select _is_deleted from raw.{target.raw_table} order by _extracted_at") == [(False,), (True,)]
