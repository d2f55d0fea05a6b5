"""The public Marketo fixtures of the Fivetran layout, copied as they are into the landing folder, load whole."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from dagster_project.lib.ingest import unmatched_files
from tests.conftest import REAL_DATA
from tests.unit.ingest.landing_zone import LandingZone

pytestmark = pytest.mark.realdata

FIXTURES = REAL_DATA / "fivetran_marketo"


def test_every_row_of_every_file_is_loaded(tmp_path: Path) -> None:
    zone = LandingZone(tmp_path)
    shutil.copytree(FIXTURES, zone.landing / "marketo")
    (source,) = (source for source in zone.sources if source.name == "marketo")
    loaded = {
        file.file_path.rpartition("/")[2]: (file.status, file.rows_in, file.rows_loaded, file.rows_quarantined)
        for item in source.objects
        for file in zone.load(item.name, "marketo").files
    }
    rows = {path.name: _records(path) for path in FIXTURES.glob("*.csv")}
    assert loaded == {name: ("loaded", count, count, 0) for name, count in rows.items()}
    stored = sum(zone.rows(f"select count(*) from raw.{item.raw_table}")[0][0] for item in source.objects)
    assert stored == sum(rows.values()) == 1_331
    assert unmatched_files(zone.settings, zone.sources) == ["marketo/PROVENANCE.txt"]
    zone.close()


def test_texts_ids_and_instants_arrive_as_they_are_written(tmp_path: Path) -> None:
    zone = LandingZone(tmp_path)
    shutil.copytree(FIXTURES, zone.landing / "marketo")
    for name in ("program", "activity_merge_leads"):
        zone.load(name, "marketo")
    assert zone.rows(
        "select channel, created_at::varchar, sfdc_id from raw.marketo__program where id in ('1001', '1102') order by id"
    ) == [("Content", "2019-12-20 07:39:00", None), ("Content", "2020-02-24 19:35:54", "7011G000000QXWvQAO")]
    assert zone.rows(
        "select lead_id, merge_ids, _extracted_at::varchar from raw.marketo__activity_merge_leads where id = '67761367'"
    ) == [("1345540", "[1286861]", "2020-05-08 11:58:04.379")]
    zone.close()


def _records(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return sum(1 for _ in csv.DictReader(lines))
