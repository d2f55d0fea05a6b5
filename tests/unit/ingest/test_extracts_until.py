"""Loading what was known at an instant: later files are left alone, named, and loaded when their day comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from landing_zone import LandingZone

from dagster_project.lib.ingest import LaterExtractsError, require_nothing_later

FOLDER = "generic/opportunities"
FEBRUARY, MARCH = datetime(2026, 2, 1), datetime(2026, 3, 1)  # noqa: DTZ001 (UTC and naive, as the warehouse keeps it)


def fill(zone: LandingZone, *names: str) -> None:
    for number, name in enumerate(names):
        zone.write(f"{FOLDER}/{name}", f"opportunity_id,name\n1,deal {number}\n")


def known_at(zone: LandingZone, until: datetime | None) -> LandingZone:
    zone.settings = replace(zone.settings, extracts_until=until)
    return zone


def test_what_was_taken_later_is_left_alone_until_its_day(zone: LandingZone, tmp_path: Path) -> None:
    fill(zone, "2026-01-31.csv", "2026-02-28T235959Z.csv", "2026-03-31.csv")
    first = known_at(zone, FEBRUARY).load()
    assert [file.file_path for file in first.files] == [f"{FOLDER}/2026-01-31.csv"]
    assert first.later == [f"{FOLDER}/2026-02-28T235959Z.csv", f"{FOLDER}/2026-03-31.csv"]
    assert len(known_at(zone, MARCH).load().loaded) == 1
    assert known_at(zone, None).load().later == []

    at_once = LandingZone(tmp_path / "at_once", landing=zone.landing)
    at_once.load()
    assert zone.content() == at_once.content()
    at_once.close()


def test_an_extract_time_in_the_rows_counts_too(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/a.csv", "opportunity_id,_extracted_at\n1,2026-01-05T00:00:00Z\n")
    zone.write(f"{FOLDER}/b.csv", "opportunity_id,_extracted_at\n1,2026-01-05T00:00:00Z\n2,2026-02-05T00:00:00Z\n")
    report = known_at(zone, FEBRUARY).load()
    assert [file.file_path for file in report.loaded] == [f"{FOLDER}/a.csv"]
    assert report.later == [f"{FOLDER}/b.csv"]
    assert zone.rows("select count(*) from raw.generic__opportunities") == [(1,)]


def test_a_file_that_declares_no_time_was_not_known_before_it_was_loaded(zone: LandingZone) -> None:
    fill(zone, "a.csv")
    assert known_at(zone, FEBRUARY).load().later == [f"{FOLDER}/a.csv"]


def test_a_warehouse_that_knows_more_is_refused(zone: LandingZone) -> None:
    fill(zone, "2026-01-31.csv", "2026-03-31.csv")
    zone.load()
    with pytest.raises(LaterExtractsError) as refused:
        require_nothing_later(zone.connection, FEBRUARY)
    assert f"{FOLDER}/2026-03-31.csv" in str(refused.value)
    assert "PLUMBLINE_HOME" in str(refused.value)
    require_nothing_later(zone.connection, datetime(2026, 4, 1))  # noqa: DTZ001
