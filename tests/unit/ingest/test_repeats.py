"""Histories without ids: repeats in a file stay, the same rows in two files don't double."""

from __future__ import annotations

import pytest
from landing_zone import LandingZone

FOLDER = "hubspot/deal_property_history"
HEADER = "deal_id,name,timestamp,value"
AT = "2026-01-05 10:00:00"
THERE_AND_BACK = [f"1,dealstage,{AT},{value}" for value in "ABA"]


def write(zone: LandingZone, name: str, rows: list[str], header: str = HEADER) -> None:
    zone.write(f"{FOLDER}/{name}.csv", "\n".join([header, *rows]) + "\n")


def told(zone: LandingZone) -> list[str]:
    """The values in the order of the file that told them last, one per record."""
    zone.load("deal_property_history", "hubspot")
    rows = zone.rows(
        "select value from raw.hubspot__deal_property_history"
        " qualify row_number() over (partition by _key order by _extracted_at desc, _record desc) = 1"
        ' order by "timestamp", _record, _key'
    )
    return [str(value) for (value,) in rows]


def test_three_rows_of_one_second_stay_in_file_order(zone: LandingZone) -> None:
    write(zone, "2026-01-06", THERE_AND_BACK)
    assert told(zone) == ["A", "B", "A"]


def test_two_values_of_one_instant_are_two_records(zone: LandingZone) -> None:
    write(zone, "2026-01-06", THERE_AND_BACK[:2])
    assert told(zone) == ["A", "B"]


@pytest.mark.parametrize("day", ["2026-01-06T100000Z", "2026-01-07"])
def test_the_same_rows_in_another_file_do_not_double(zone: LandingZone, day: str) -> None:
    write(zone, "2026-01-06T100000Z", THERE_AND_BACK)
    write(zone, f"again/{day}", [*THERE_AND_BACK, "1,dealstage,2026-01-06 09:00:00,C"])
    assert told(zone) == ["A", "B", "A", "C"]


def test_the_same_file_again_adds_nothing(zone: LandingZone) -> None:
    write(zone, "2026-01-06", THERE_AND_BACK)
    write(zone, "copy-2026-01-06", THERE_AND_BACK)
    assert told(zone) == ["A", "B", "A"]
    assert zone.rows("select count(*) from raw.hubspot__deal_property_history") == [(3,)]


def test_a_file_of_two_syncs_tells_each_row_twice_and_means_it_once(zone: LandingZone) -> None:
    syncs = [f"{row},{day}" for day in ("2026-01-06", "2026-01-07") for row in THERE_AND_BACK]
    write(zone, "all", syncs, f"{HEADER},_airbyte_extracted_at")
    assert told(zone) == ["A", "B", "A"]


def test_rows_of_one_sync_need_not_be_taken_in_one_instant(zone: LandingZone) -> None:
    taken = [f"{row},2026-01-06 02:00:0{place}" for place, row in enumerate(THERE_AND_BACK)]
    write(zone, "all", taken, f"{HEADER},_airbyte_extracted_at")
    assert told(zone) == ["A", "B", "A"]


def test_a_key_holds_no_value_that_may_be_personal(zone: LandingZone) -> None:
    write(zone, "2026-01-06", [f"1,note,{AT},call Pat Doe"])
    told(zone)
    assert zone.rows("select count(*) from raw.hubspot__deal_property_history where _key like '%Pat%'") == [(0,)]


@pytest.mark.parametrize(("table", "key"), [("opportunity_changes", "opportunity_id"), ("lead_changes", "lead_id")])
def test_flat_histories_keep_repeats_too(zone: LandingZone, table: str, key: str) -> None:
    rows = [f"1,{'stage' if key == 'opportunity_id' else 'status'},{AT},{value}" for value in "ABA"]
    zone.write(f"generic/{table}/2026-01-06.csv", "\n".join([f"{key},field,changed_at,new_value", *rows]) + "\n")
    assert zone.load_one(table).rows_loaded == 3
    assert zone.rows(f"select new_value from raw.generic__{table} order by _record") == [("A",), ("B",), ("A",)]
