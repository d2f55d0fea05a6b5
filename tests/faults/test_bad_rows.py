"""Bad rows: each goes to quarantine with file, record, line, column, value and reason; the good rows beside it load."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.unit.ingest.landing_zone import LandingZone

FOLDER = "generic/opportunities"
HEADER = "opportunity_id,stage,amount,close_date,created_at,is_deleted"


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[LandingZone]:
    made = LandingZone(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("line", "column", "value", "reason"),
    [
        ("2,New,12x,2026-02-01,2026-01-01,false", "amount", "12x", "not a decimal number"),
        ("2,New,NaN,2026-02-01,2026-01-01,false", "amount", "NaN", "not a decimal number"),
        ("2,New,-inf,2026-02-01,2026-01-01,false", "amount", "-inf", "not a decimal number"),
        ('2,New,"1,5",2026-02-01,2026-01-01,false', "amount", "1,5", "not a decimal number"),
        ("2,New,1,2026-02-30,2026-01-01,false", "close_date", "2026-02-30", "not a date (YYYY-MM-DD)"),
        ("2,New,1,01.02.2026,2026-01-01,false", "close_date", "01.02.2026", "not a date (YYYY-MM-DD)"),
        (
            "2,New,1,2026-02-01,yesterday,false",
            "created_at",
            "yesterday",
            "not a timestamp (YYYY-MM-DD HH:MM:SS, with or without offset)",
        ),
        (
            "2,New,1,2026-02-01,2026-01-01,perhaps",
            "is_deleted",
            "perhaps",
            "not a boolean (true, false, 1, 0, t, f, yes, no)",
        ),
        (",New,1,2026-02-01,2026-01-01,false", "opportunity_id", None, "a required value is missing"),
        ("2,New", None, None, "2 fields where the header has 6"),
        ("2,New,1,2026-02-01,2026-01-01,false,more", None, None, "7 fields where the header has 6"),
        ('2,"New,1,2026-02-01,2026-01-01,false', None, None, "a quote is not closed"),
        ('2,"New"er,1,2026-02-01,2026-01-01,false', None, None, "a quote is not closed"),
        ("just text", None, None, "1 fields where the header has 6"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_a_bad_csv_row_is_quarantined_with_its_place(
    zone: LandingZone, line: str, column: str | None, value: str | None, reason: str, suffix: str
) -> None:
    text = f'{HEADER}\n1,"New\nline",1,,,\n\n{line}\n3,Won,3,,,\n'
    path = f"{FOLDER}/2026-01-05.{suffix}"
    zone.write(path, gzip.compress(text.encode()) if suffix == "csv.gz" else text)
    report = zone.load_one()
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined, report.rows_stored) == (3, 2, 1, 2)
    assert zone.quarantine() == [(path, 2, 5, column, value, reason, line)]
    assert zone.rows("select opportunity_id, stage, _record from raw.generic__opportunities order by 1") == [
        ("1", "New\nline", 1),
        ("3", "Won", 3),
    ]
    (shown,) = report.quarantine
    assert (shown.record_number, shown.line_number, shown.column_name, shown.value) == (2, 5, column, value)


@pytest.mark.parametrize(
    ("line", "column", "value", "reason"),
    [
        ('{"opportunity_id": "2", "amount": "x"}', "amount", "x", "not a decimal number"),
        ('{"opportunity_id": null, "amount": 1}', "opportunity_id", None, "a required value is missing"),
        ('{"amount": 1}', "opportunity_id", None, "a required value is missing"),
        ("[1, 2]", None, None, "not a JSON object but list"),
        ('"text"', None, None, "not a JSON object but str"),
        (
            '{"opportunity_id": "2"',
            None,
            None,
            "not a JSON object: Expecting ',' delimiter: line 1 column 23 (char 22)",
        ),
        ('{"opportunity_id": "\\ud800"}', None, None, "not valid JSON"),
        ('{"opportunity_id": "2", "amount": NaN}', "amount", "NaN", "not a decimal number"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
def test_a_bad_json_line_is_quarantined_with_its_place(
    zone: LandingZone, line: str, column: str | None, value: str | None, reason: str, suffix: str
) -> None:
    text = f'{{"opportunity_id": "1", "amount": 1}}\n\n{line}\n{{"opportunity_id": "3", "amount": 3}}\n'
    path = f"{FOLDER}/2026-01-05.{suffix}"
    zone.write(path, gzip.compress(text.encode()) if suffix == "jsonl.gz" else text)
    report = zone.load_one()
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (3, 2, 1)
    ((file, record, number, bad_column, bad_value, bad_reason, text),) = zone.quarantine()
    assert (file, record, number, bad_column, bad_value, bad_reason) == (path, 2, 3, column, value, reason)
    assert text.replace(" ", "") == line.replace(" ", "")
    assert zone.rows("select opportunity_id, amount::int, _record from raw.generic__opportunities order by 1") == [
        ("1", 1, 1),
        ("3", 3, 3),
    ]


def test_a_bad_parquet_row_is_quarantined_with_its_record(zone: LandingZone) -> None:
    path = zone.write(f"{FOLDER}/2026-01-05.parquet", b"")
    duckdb.execute(
        "copy (select * from (values ('1', 1.5::double), (null, 2), ('3', 'nan')) t(opportunity_id, amount)) "
        f"to '{path}'"
    )
    report = zone.load_one()
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (3, 1, 2)
    file = f"{FOLDER}/2026-01-05.parquet"
    assert zone.quarantine() == [
        (file, 2, None, "opportunity_id", None, "a required value is missing", '{"opportunity_id":null,"amount":2.0}'),
        (file, 3, None, "amount", "nan", "not a decimal number", '{"opportunity_id":"3","amount":NaN}'),
    ]


def test_one_bad_row_is_one_quarantine_row_whatever_else_is_wrong_with_it(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", f"{HEADER}\n,New,x,y,z,maybe\n")
    assert zone.load_one().rows_quarantined == 1
    assert [row[3] for row in zone.quarantine()] == ["opportunity_id"]


def test_an_unreadable_extract_time_is_a_bad_row(zone: LandingZone) -> None:
    zone.write("salesforce/Opportunity/a.csv", "id,_fivetran_synced\n1,2026-01-01 00:00:00\n2,lately\n")
    report = zone.load_one("Opportunity", "salesforce")
    assert (report.rows_loaded, report.rows_quarantined) == (1, 1)
    assert zone.quarantine()[0][1:5] == (2, 3, "_fivetran_synced", "lately")


def test_rows_that_a_mapping_leaves_out_are_not_judged(zone: LandingZone) -> None:
    zone.write("crm/a.csv", "Id,Kind,Worth\n1,deal,1\n2,note,none\nragged\n")
    zone.write_mapping(
        "source: crm\nextends: generic\nfeeds:\n  - file: crm/a.csv\n    object: opportunities\n"
        "    where: {Kind: {equals: deal}}\n    columns: {opportunity_id: Id, amount: Worth}\n"
    )
    report = zone.load_one()
    counts = (report.rows_read, report.rows_filtered, report.rows_in, report.rows_loaded, report.rows_quarantined)
    assert counts == (3, 1, 2, 1, 1)


def test_personal_values_stay_in_the_warehouse(zone: LandingZone) -> None:
    zone.write_mapping(
        "source: crm\nextends: generic\nfeeds:\n  - file: crm/a.csv\n    object: opportunity_changes\n"
        "    columns: {opportunity_id: Id, field: F, changed_at: At, new_value: New}\n"
    )
    zone.write("crm/a.csv", "Id,F,At,New\n1,stage,today,Secret Person\n")
    (shown,) = zone.load_one("opportunity_changes").quarantine
    assert (shown.column_name, shown.value) == ("changed_at", "today")
    assert not hasattr(shown, "record")


def test_a_file_of_bad_rows_only_loads_nothing_and_loses_nothing(zone: LandingZone) -> None:
    rows = "".join(f"{number},New,x,,,\n" for number in range(5000))
    zone.write(f"{FOLDER}/2026-01-05.csv", f"{HEADER}\n{rows}")
    report = zone.load_one()
    assert (report.status, report.rows_in, report.rows_loaded, report.rows_quarantined) == ("loaded", 5000, 0, 5000)
    assert len(report.quarantine) == 5
    assert zone.rows("select count(*), min(line_number), max(line_number) from raw.plumbline_quarantine") == [
        (5000, 2, 5001)
    ]


def test_the_ledger_balances(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", f"{HEADER}\n1,a,1,,,\n2,a,x,,,\nshort\n1,a,1,,,\n")
    zone.load()
    assert zone.rows(
        "select rows_read, rows_filtered, rows_in, rows_loaded, rows_quarantined, rows_stored from raw.plumbline_files"
    ) == [(4, 0, 4, 2, 2, 1)]
