"""Bad files and bad rows: the whole corpus in one load, and each case's outcome; nothing is lost, nothing good suffers."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.ingest import FileReport, ObjectReport
from tests.faults.corpus import COUNTED, GOOD, HEADER, REFUSED, ROWS, Counted, Refused
from tests.unit.ingest.landing_zone import LandingZone

FOLDER = "generic/opportunities"
CASES: dict[str, Refused | Counted] = {
    **REFUSED,
    **COUNTED,
    **{
        f"{name}, gzip": replace(case, name=f"{case.name}.gz", content=gzip.compress(case.content))
        for name, case in ROWS.items()
    },
}


def path_of(name: str) -> str:
    """Where a case lies: on a day of its own, so that no two hold the same observation."""
    number = list(CASES).index(name)
    return f"{FOLDER}/{date(2020, 1, 1) + timedelta(days=number)}/{CASES[name].name}"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LandingZone, ObjectReport]]:
    """Every case in one landing folder beside a good file, loaded once."""
    made = LandingZone(tmp_path_factory.mktemp("corpus"))
    for name, case in CASES.items():
        made.write(path_of(name), case.content)
    made.write(f"{FOLDER}/good-2026-01-05.csv", GOOD)
    yield made, made.load()
    made.close()


def report_of(report: ObjectReport, path: str) -> FileReport:
    (found,) = (entry for entry in report.files if entry.file_path == path)
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_is_refused_whole_with_its_reason(corpus: tuple[LandingZone, ObjectReport], name: str) -> None:
    zone, report = corpus
    bad = report_of(report, path_of(name))
    assert bad.status == "refused"
    assert bad.reason is not None
    assert REFUSED[name].reason in bad.reason
    assert bad.reason.endswith((".", "?"))
    assert bad.reason.isprintable()
    assert str(zone.landing) not in bad.reason
    assert "example.com" not in bad.reason
    assert (bad.rows_in, bad.rows_loaded, bad.rows_quarantined, bad.rows_stored) == (0, 0, 0, 0)
    assert zone.rows("select count(*) from raw.generic__opportunities where _file = ?", [bad.file_path]) == [(0,)]
    assert zone.rows("select status, reason from raw.plumbline_files where file_path = ?", [bad.file_path]) == [
        ("refused", bad.reason)
    ]


@pytest.mark.parametrize("name", [name for name in CASES if name not in REFUSED])
def test_every_record_is_loaded_or_quarantined_with_its_place(
    corpus: tuple[LandingZone, ObjectReport], name: str
) -> None:
    zone, report = corpus
    case = CASES[name]
    assert isinstance(case, Counted)
    entry = report_of(report, path_of(name))
    assert (entry.status, entry.reason) == ("loaded", None)
    assert (entry.rows_loaded, entry.rows_quarantined) == (case.rows, len(case.bad))
    assert entry.rows_in == entry.rows_loaded + entry.rows_quarantined
    found = [row for row in zone.quarantine() if row[0] == entry.file_path]
    assert tuple(row[1:6] for row in found) == case.bad
    if not name.startswith(("JSON", "Parquet")) and ".gz" not in case.name:
        assert all(row[6] and row[6] in case.content.decode("utf-8-sig") for row in found)
    loaded = zone.rows(
        "select opportunity_id from raw.generic__opportunities where _file = ? order by 1", [entry.file_path]
    )
    assert len(loaded) == entry.rows_stored
    if name.removesuffix(", gzip") in ROWS:
        assert loaded == [("1",), ("3",)]
    if case.ids is not None:
        assert tuple(row[0] for row in loaded) == case.ids


def test_the_good_file_beside_them_loads_and_a_second_load_changes_nothing(
    corpus: tuple[LandingZone, ObjectReport],
) -> None:
    zone, report = corpus
    assert report_of(report, f"{FOLDER}/good-2026-01-05.csv").rows_loaded == 1
    tables = ("generic__opportunities", "plumbline_files", "plumbline_quarantine")
    before = [zone.rows(f"select count(*) from raw.{table}") for table in tables]
    assert before[1] == [(len(CASES) + 1,)]
    again = zone.load()
    assert {entry.status for entry in again.files} == {"repeated", "refused"}
    assert len(again.refused) == len(REFUSED)
    assert [zone.rows(f"select count(*) from raw.{table}") for table in tables] == before


def test_the_corpus_is_large_enough() -> None:
    assert len(REFUSED) + len(COUNTED) >= 60


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[LandingZone]:
    made = LandingZone(tmp_path)
    yield made
    made.close()


def test_a_refused_file_that_is_fetched_again_loads(zone: LandingZone) -> None:
    zipped = gzip.compress(GOOD.encode())
    zone.write(f"{FOLDER}/2026-01-05.csv.gz", zipped[:-4])
    assert zone.load_one().status == "refused"
    zone.write(f"{FOLDER}/2026-01-05.csv.gz", zipped)
    assert zone.load_one().status == "loaded"


def test_a_mapping_that_names_a_missing_column_refuses_the_file(zone: LandingZone) -> None:
    zone.write("crm/a.csv", "Id,Kind\n1,x\n")
    zone.write_mapping(
        "source: crm\nextends: generic\nfeeds:\n  - file: crm/a.csv\n    object: opportunities\n"
        "    where: {Type: not_null}\n    columns: {opportunity_id: Id}\n"
    )
    report = zone.load_one()
    assert (
        report.reason == "the column 'Type' is missing, needed for a condition of the mapping. The file has: Id, Kind."
    )


def test_a_bad_parquet_row_is_quarantined_with_its_record(zone: LandingZone) -> None:
    path = zone.write(f"{FOLDER}/2026-01-05.parquet", b"")
    duckdb.execute(
        "copy (select * from (values ('1', 1.5::double), (null, 2), ('3', '-inf')) t(opportunity_id, amount)) "
        f"to '{path}'"
    )
    report = zone.load_one()
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (3, 1, 2)
    file = f"{FOLDER}/2026-01-05.parquet"
    assert zone.quarantine() == [
        (file, 2, None, "opportunity_id", None, "a required value is missing", '{"opportunity_id":null,"amount":2.0}'),
        (file, 3, None, "amount", "-inf", "not a decimal number", '{"opportunity_id":"3","amount":-Infinity}'),
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
