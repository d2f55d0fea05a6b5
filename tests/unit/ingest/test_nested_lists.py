"""Lists inside records: rows of another object, counted under it, without making the file's own rows less or more."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest
from landing_zone import LandingZone

from dagster_project.lib.ingest.readmit import export_quarantine, readmit

FOLDER = "hubspot/deal_pipelines"


def pipeline(identity: str, *stages: object) -> str:
    return json.dumps({"id": identity, "label": identity, "stages": list(stages)}) + "\n"


def stage(identity: str, **fields: object) -> dict[str, object]:
    return {"id": identity, "label": identity.title(), "displayOrder": 1} | fields


def stages(zone: LandingZone) -> list[tuple[object, ...]]:
    return zone.rows(
        "select pipeline_id, stage_id, label, _record, _file from raw.hubspot__deal_pipeline_stage order by all"
    )


def test_the_file_is_told_of_once_per_object(zone: LandingZone) -> None:
    name = f"{FOLDER}/2026-01-05.jsonl"
    zone.write(name, pipeline("a", stage("x"), stage("y")) + pipeline("b", stage("x")) + pipeline("c"))
    whole = zone.load_one("deal_pipeline", "hubspot")
    entries = zone.load_one("deal_pipeline_stage", "hubspot")
    assert (whole.file_path, whole.rows_in, whole.rows_loaded) == (name, 3, 3)
    assert (entries.file_path, entries.rows_in, entries.rows_loaded) == (name, 3, 3)
    assert stages(zone) == [("a", "x", "X", 1, name), ("a", "y", "Y", 2, name), ("b", "x", "X", 3, name)]
    assert zone.load_one("deal_pipeline_stage", "hubspot").status == "repeated"


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl.gz"])
def test_lists_are_read_in_every_format(zone: LandingZone, suffix: str) -> None:
    lists = [json.dumps([stage("x"), stage("y")]), "[]", ""]
    rows = ", ".join(f"('{key}', '{text}')" for key, text in zip("abc", lists, strict=True))
    path = zone.landing / f"{FOLDER}/2026-01-05.{suffix}"
    path.parent.mkdir(parents=True)
    kinds = {"csv": "csv", "parquet": "parquet", "jsonl.gz": "json"}
    with duckdb.connect() as con:
        con.execute(f"copy (select * from (values {rows}) as t(id, stages)) to '{path}' (format {kinds[suffix]})")
    assert zone.load_one("deal_pipeline", "hubspot").rows_loaded == 3
    assert zone.load_one("deal_pipeline_stage", "hubspot").rows_loaded == 2
    assert [row[:3] for row in stages(zone)] == [("a", "x", "X"), ("a", "y", "Y")]


def test_a_list_of_a_typed_file_is_read(zone: LandingZone) -> None:
    path = zone.landing / f"{FOLDER}/2026-01-05.parquet"
    path.parent.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute(
            f"copy (select 'a' as id, [{{'stageId': 'x', 'label': 'X', 'metadata': {{'isClosed': 'true'}}}}] as stages)"
            f" to '{path}' (format parquet)"
        )
    zone.load_one("deal_pipeline_stage", "hubspot")
    assert zone.rows("select pipeline_id, stage_id, is_closed from raw.hubspot__deal_pipeline_stage") == [
        ("a", "x", True)
    ]


def test_a_file_without_the_list_is_not_told_of(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", "id,label\na,A\n")
    zone.write(f"{FOLDER}/2026-01-06.jsonl", '{"id": "a"}\n')
    assert zone.load("deal_pipeline_stage", "hubspot").files == []
    assert len(zone.load("deal_pipeline", "hubspot").files) == 2
    assert zone.load("deal_pipeline_stage", "hubspot").files == []


def test_empty_lists_are_a_file_without_rows(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.jsonl", pipeline("a"))
    report = zone.load_one("deal_pipeline_stage", "hubspot")
    assert (report.status, report.rows_in, report.rows_loaded) == ("loaded", 0, 0)


def test_a_record_that_cannot_be_read_is_quarantined_once(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.jsonl", pipeline("a", stage("x")) + "{broken\n")
    whole, entries = (zone.load_one(name, "hubspot") for name in ("deal_pipeline", "deal_pipeline_stage"))
    assert (whole.rows_in, whole.rows_loaded, whole.rows_quarantined) == (2, 1, 1)
    assert (entries.rows_in, entries.rows_loaded, entries.rows_quarantined) == (1, 1, 0)


def test_a_file_that_is_refused_is_refused_once(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.jsonl", "no object\n")
    assert zone.load_one("deal_pipeline", "hubspot").status == "refused"
    assert zone.load("deal_pipeline_stage", "hubspot").files == []


def test_entries_that_are_no_stages_refuse_the_lists(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.jsonl", pipeline("a", {"label": "X"}))
    assert zone.load_one("deal_pipeline", "hubspot").status == "loaded"
    report = zone.load_one("deal_pipeline_stage", "hubspot")
    assert report.status == "refused"
    assert report.reason is not None
    assert "lists of deal_pipeline_stage: the column 'stage_id'" in report.reason


def test_a_bad_entry_is_quarantined_and_can_be_taken_back(zone: LandingZone, tmp_path: Path) -> None:
    zone.write(f"{FOLDER}/2026-01-05.jsonl", pipeline("a", stage("x"), stage("y", displayOrder="second")))
    report = zone.load_one("deal_pipeline_stage", "hubspot")
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (2, 1, 1)
    ((_, record, _, column, value, _, text),) = zone.quarantine()
    assert (record, column, value) == (2, "display_order", "second")
    assert json.loads(text) == {"pipeline_id": "a", "displayOrder": "second", "id": "y", "label": "Y"}
    path = tmp_path / "rows.csv"
    assert export_quarantine(zone.connection, zone.sources, "hubspot", "deal_pipeline_stage", path) == 1
    with path.open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        writer.writeheader()
        writer.writerow(row | {"displayOrder": "2"})
    readmit(zone.connection, zone.settings, zone.sources, path)
    zone.load("deal_pipeline_stage", "hubspot")
    assert [row[:4] for row in stages(zone)] == [("a", "x", "X", 1), ("a", "y", "Y", 2)]
