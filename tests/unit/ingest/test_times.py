"""What dates and timestamps were told as, and instants that are none, from text to raw table."""

from __future__ import annotations

import json

import duckdb
import pytest
from landing_zone import LandingZone

from dagster_project.lib.ingest.casting import cast, instant_of_date, is_day

FOLDER = "generic/opportunities"
HEADER = "opportunity_id,stage,close_date,created_at,modified_at"


def value(expression: str, text: str) -> str | None:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    row = con.execute(f"select ({expression})::varchar from (select ?::varchar as t)", [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "formats", "is_one"),
    [
        ("2026-04-01", (), "true"),
        ("2026-04-01 ", (), "true"),
        ("2026-04-01T00:00:00Z", (), "false"),
        ("2026-04-01 00:00", (), "false"),
        ("01/04/2026", ("%d/%m/%Y",), "true"),
        ("01/04/2026 00:00", ("%d/%m/%Y", "%d/%m/%Y %H:%M"), "false"),
        ("01/04/2026", ("%d/%m/%Y", "%d/%m/%Y %H:%M"), "true"),
    ],
)
def test_a_timestamp_without_a_time_is_a_day(text: str, formats: tuple[str, ...], is_one: str) -> None:
    assert value(f"coalesce({is_day('t', formats)}, false)", text) == is_one


@pytest.mark.parametrize(
    ("text", "day", "instant", "of_an_instant"),
    [
        ("2026-04-01", "2026-04-01", None, None),
        ("2026-04-01 00:00:00", "2026-04-01", None, "2026-04-01 00:00:00"),
        ("2026-04-01T00:00:00.000Z", "2026-04-01", None, "2026-04-01 00:00:00"),
        ("2026-04-01T01:09:44Z", "2026-04-01", "2026-04-01 01:09:44", "2026-04-01 01:09:44"),
        ("2026-04-01T01:00:00+02:00", "2026-03-31", "2026-03-31 23:00:00", "2026-03-31 23:00:00"),
        ("2026-04-01T00:00:00+02:00", "2026-03-31", "2026-03-31 22:00:00", "2026-03-31 22:00:00"),
    ],
)
def test_a_date_with_a_time_of_day_is_an_instant(
    text: str, day: str, instant: str | None, of_an_instant: str | None
) -> None:
    assert value(cast("t", "date"), text) == day
    assert value(instant_of_date("t", (), None, is_instant=False), text) == instant
    assert value(instant_of_date("t", (), None, is_instant=True), text) == of_an_instant


def test_raw_keeps_how_a_value_was_told(zone: LandingZone) -> None:
    zone.write(
        f"{FOLDER}/2026-05-31.csv",
        f"{HEADER}\na,New,2026-06-30,2026-04-01,2026-04-02\nb,New,2026-07-01T05:30:00Z,2026-04-01T10:00:00Z,\n",
    )
    zone.load()
    rows = zone.rows("select opportunity_id, close_date::varchar, _times from raw.generic__opportunities order by 1")
    assert [(key, day, json.loads(told)) for key, day, told in rows] == [
        ("a", "2026-06-30", {"created_at": "day", "modified_at": "day", "_version_at": "day"}),
        ("b", "2026-07-01", {"close_date": "2026-07-01 05:30:00"}),
    ]


@pytest.mark.parametrize(
    "junk", ["0001-01-01T00:00:00Z", "1899-12-30", "1999-12-31T23:59:59Z", "2203-01-01", "2026-02-02"]
)
def test_a_junk_instant_is_none_and_listed(zone: LandingZone, junk: str) -> None:
    zone.write(
        f"{FOLDER}/2026-01-31.csv",
        f"{HEADER}\n1,New,1899-01-01,2026-01-01,2026-01-02\n2,New,2203-01-01,{junk},{junk}\n",
    )
    report = zone.load_one()
    assert (report.rows_loaded, report.rows_quarantined) == (2, 0)
    assert zone.rows(
        "select created_at, modified_at, _version_at = _extracted_at, close_date::varchar, _times "
        "from raw.generic__opportunities where opportunity_id = '2'"
    ) == [(None, None, True, "2203-01-01", None)]
    assert zone.rows(
        "select column_name, value, record_number, reason from raw.plumbline_unread_values order by 1"
    ) == [
        (column, junk, 2, "an instant before 2000-01-01 or more than 1 day after its extract is no date")
        for column in ("created_at", "modified_at")
    ]


def test_clocks_and_zones_may_be_a_day_ahead_of_the_extract(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-31.csv", f"{HEADER}\n1,New,,2026-01-01,2026-02-01T20:00:00Z\n")
    zone.load()
    assert zone.rows("select count(modified_at) from raw.generic__opportunities") == [(1,)]
    assert zone.rows("select count(*) from raw.plumbline_unread_values") == [(0,)]


def test_a_change_without_a_date_is_quarantined(zone: LandingZone) -> None:
    zone.write(
        "generic/opportunity_changes/2026-01-31.csv",
        "opportunity_id,field,new_value,changed_at\n1,stage,Won,0001-01-01T00:00:00Z\n1,stage,Won,2026-01-02T00:00:00Z\n",
    )
    report = zone.load_one("opportunity_changes")
    assert (report.rows_loaded, report.rows_quarantined) == (1, 1)
    assert [row[3:6] for row in zone.quarantine()] == [
        (
            "changed_at",
            "0001-01-01T00:00:00Z",
            "an instant before 2000-01-01 or more than 1 day after its extract is no date",
        )
    ]


def test_bounds_of_validity_are_not_the_systems_clock(zone: LandingZone) -> None:
    zone.write(
        "generic/user_history/2026-01-31.csv",
        "user_id,valid_from,valid_to\n1,0001-01-01T00:00:00Z,9999-12-31T00:00:00Z\n",
    )
    zone.load("user_history")
    assert zone.rows("select valid_from::varchar, valid_to::varchar from raw.generic__user_history") == [
        ("0001-01-01 00:00:00", "9999-12-31 00:00:00")
    ]


def test_a_junk_extract_time_falls_back_to_the_files(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-31.csv", f"{HEADER},extracted_at\n1,New,,2026-01-01,,0001-01-01T00:00:00Z\n")
    zone.load()
    assert zone.rows("select _extracted_at::date::varchar from raw.generic__opportunities") == [("2026-01-31",)]
    assert zone.rows("select column_name from raw.plumbline_unread_values") == [("extracted_at",)]


def test_a_file_that_is_read_afresh_lists_its_junk_once(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-31.csv", f"{HEADER}\n1,New,,0001-01-01,\n")
    zone.load()
    zone.rows("update raw.plumbline_files set definition_hash = 'as it was'")
    zone.load()
    assert zone.rows("select count(*) from raw.plumbline_unread_values") == [(1,)]
