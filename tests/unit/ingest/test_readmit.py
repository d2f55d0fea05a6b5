"""Quarantined rows, corrected and taken back: as if they had been right from the start, and every row counted once."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest
from landing_zone import CONTENT, LandingZone

from dagster_project.lib.ingest.readmit import ReadmitError, Readmitted, export_quarantine, readmit

FOLDER = "generic/opportunities"
HEADER = "opportunity_id,stage,amount,close_date,created_at,note"
GOOD = ["1,New,1.50,2026-02-01,2026-01-01,a", '2,"New, ""hot""",2,,2026-01-02,b', "3,Won,3,2026-03-01,2026-01-03,"]
BAD = [GOOD[0], '2,"New, ""hot""",2 EUR,,2026-01-02,b', ",Won,3,2026-03-01,2026-01-03,"]
LATER = [GOOD[0], "2,Won,2,,2026-01-02,b"]


def text(rows: list[str]) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def corrected(zone: LandingZone, path: Path, change: dict[str, dict[str, str]]) -> Path:
    """Export, correct fields by reason, write the file again as a spreadsheet does: semicolons, byte-order mark."""
    count = export_quarantine(zone.connection, zone.sources, "generic", "opportunities", path)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == count
    for row in rows:
        row.update(change[row["plumbline_reason"]])
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return path


CHANGES = {"not a decimal number": {"amount": "2"}, "a required value is missing": {"opportunity_id": "3"}}


def ledger(zone: LandingZone) -> list[tuple[object, ...]]:
    return zone.rows(
        "select file_path, rows_in, rows_loaded, rows_quarantined, rows_stored, extracted_at, is_extract_time_declared "
        "from raw.plumbline_files order by file_path"
    )


@pytest.fixture
def right(tmp_path: Path) -> LandingZone:
    """The same company without a mistake."""
    zone = LandingZone(tmp_path / "right")
    zone.write(f"{FOLDER}/2026-01-05.csv", text(GOOD))
    zone.write(f"{FOLDER}/2026-01-06.csv", text(LATER))
    zone.load()
    return zone


def test_corrected_rows_stand_where_they_had_always_stood(
    zone: LandingZone, right: LandingZone, tmp_path: Path
) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", text(BAD))
    zone.write(f"{FOLDER}/2026-01-06.csv", text(LATER))
    zone.load()
    path = corrected(zone, tmp_path / "repaired.csv", CHANGES)
    assert readmit(zone.connection, zone.settings, zone.sources, path) == [Readmitted("generic", "opportunities", 2, 2)]
    assert zone.content(
        columns=f"{CONTENT}, _record, _file, opportunity_id, stage, amount, close_date, created_at"
    ) == (right.content(columns=f"{CONTENT}, _record, _file, opportunity_id, stage, amount, close_date, created_at"))
    assert ledger(zone) == ledger(right)
    assert zone.rows("select max(_load_sequence) from raw.generic__opportunities") == [(2,)]
    assert readmit(zone.connection, zone.settings, zone.sources, path) == []
    assert export_quarantine(zone.connection, zone.sources, "generic", "opportunities", tmp_path / "left.csv") == 0


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_other_formats_take_corrections_as_csv(zone: LandingZone, tmp_path: Path, suffix: str) -> None:
    rows = [{"opportunity_id": "1", "amount": "1.50", "more": {"a": [1]}}, {"opportunity_id": "2", "amount": "x"}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    path = zone.write(f"{FOLDER}/2026-01-05.jsonl", lines)
    if suffix == "parquet":
        duckdb.execute(f"copy (from read_json('{path}')) to '{path.with_suffix('.parquet')}' (format parquet)")
        path.unlink()
    assert zone.load_one().rows_quarantined == 1
    readmit(
        zone.connection,
        zone.settings,
        zone.sources,
        corrected(zone, tmp_path / "r.csv", {"not a decimal number": {"amount": "2.5", "more": '{"a":[1]}'}}),
    )
    assert zone.rows("select amount::float, _record, _custom from raw.generic__opportunities order by 1") == [
        (1.5, 1, '{"more":"{\\"a\\":[1]}"}'),
        (2.5, 2, '{"more":"{\\"a\\":[1]}"}'),
    ]


def test_a_row_of_the_wrong_width_comes_with_its_text(zone: LandingZone, tmp_path: Path) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", text([GOOD[0], "2,New"]))
    zone.load()
    out = tmp_path / "out.csv"
    export_quarantine(zone.connection, zone.sources, "generic", "opportunities", out)
    (row,) = csv.DictReader(out.open(encoding="utf-8", newline=""))
    assert (row["plumbline_text"], row["opportunity_id"], row["stage"], row["amount"]) == ("2,New", "2", "New", "")
    assert out.stat().st_mode & 0o777 == 0o600
    readmit(zone.connection, zone.settings, zone.sources, out)
    assert zone.rows("select rows_in, rows_loaded, rows_quarantined from raw.plumbline_files") == [(2, 2, 0)]


def test_a_mapping_reads_corrections_as_it_reads_its_files(zone: LandingZone, tmp_path: Path) -> None:
    zone.write_mapping(
        "source: crm\nextends: generic\nextract_time: [{path: '(\\d{4}-\\d{2}-\\d{2})'}]\nfeeds:\n"
        "  - file: crm/*.csv\n    object: opportunities\n    where: {Kind: {equals: deal}}\n"
        '    columns: {opportunity_id: Id, created_at: Made}\n    formats: {created_at: "%d/%m/%Y"}\n'
        "    constants: {currency: EUR}\n"
    )
    zone.write("crm/2026-01-05.csv", "Id,Kind,Made\n1,deal,01/01/2026\n2,deal,2026-01-01\n3,note,x\n")
    zone.load()
    out = tmp_path / "out.csv"
    assert export_quarantine(zone.connection, zone.sources, "crm", "opportunities", out) == 1
    out.write_text(out.read_text().replace('"2","deal","2026-01-01"', '"2","note","01/01/2026"'))
    with pytest.raises(ReadmitError, match="a condition of the mapping leaves this row out"):
        readmit(zone.connection, zone.settings, zone.sources, out)
    out.write_text(out.read_text().replace('"2","note"', '"2","deal"'))
    readmit(zone.connection, zone.settings, zone.sources, out)
    assert zone.rows(
        "select opportunity_id, currency, created_at::varchar, _source from raw.generic__opportunities"
    ) == [("1", "EUR", "2026-01-01 00:00:00", "crm"), ("2", "EUR", "2026-01-01 00:00:00", "crm")]


def test_corrections_outlive_the_warehouse_and_a_changed_contract(zone: LandingZone, tmp_path: Path) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", text(BAD))
    zone.load()
    readmit(zone.connection, zone.settings, zone.sources, corrected(zone, tmp_path / "repaired.csv", CHANGES))
    before = zone.content(columns=f"{CONTENT}, _record")
    zone.connection.execute("update raw.plumbline_files set definition_hash = 'as it was'")
    report = zone.load_one()
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined, report.quarantine) == (3, 3, 0, ())
    assert zone.content(columns=f"{CONTENT}, _record") == before
    assert zone.rows("select count(*) from raw.plumbline_readmissions") == [(2,)]
    elsewhere = LandingZone(tmp_path / "elsewhere", landing=zone.landing)
    elsewhere.settings.home.mkdir()
    zone.settings.repairs_path.rename(elsewhere.settings.repairs_path)
    assert elsewhere.load_one().rows_loaded == 3
    assert elsewhere.content(columns=f"{CONTENT}, _record") == before


def test_a_mistake_takes_nothing_back_and_names_each(zone: LandingZone, tmp_path: Path) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", text(BAD))
    zone.load()
    path = corrected(zone, tmp_path / "repaired.csv", CHANGES | {"not a decimal number": {"amount": "still 2 EUR"}})
    with pytest.raises(ReadmitError) as refused:
        readmit(zone.connection, zone.settings, zone.sources, path)
    place = f"{FOLDER}/2026-01-05.csv, record 2, column amount, value 'still 2 EUR'"
    assert f"{place}: not a decimal number." in str(refused.value)
    assert zone.rows("select rows_loaded, rows_quarantined from raw.plumbline_files") == [(1, 2)]
    assert not zone.settings.repairs_path.exists()
    with pytest.raises(ReadmitError, match="has no column plumbline_file_id, plumbline_record"):
        readmit(zone.connection, zone.settings, zone.sources, zone.write("x/other.csv", "a,b\n1,2\n"))
    with pytest.raises(ReadmitError, match="There is no source 'salesfarce'"):
        export_quarantine(zone.connection, zone.sources, "salesfarce", "Opportunity", tmp_path / "x.csv")


def test_a_second_correction_of_a_row_is_refused(zone: LandingZone, tmp_path: Path) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", text(BAD))
    zone.load()
    path = corrected(zone, tmp_path / "repaired.csv", CHANGES)
    readmit(zone.connection, zone.settings, zone.sources, path)
    path.write_text(path.read_text(encoding="utf-8-sig").replace(";2;;2026", ";9;;2026"), encoding="utf-8")
    with pytest.raises(ReadmitError, match="was repaired before with other values"):
        readmit(zone.connection, zone.settings, zone.sources, path)
