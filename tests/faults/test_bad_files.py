"""Bad files: each is refused whole, says what was found and what to do, and leaves every other file alone."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.unit.ingest.landing_zone import LandingZone

FOLDER = "generic/opportunities"
GOOD = "opportunity_id,stage\n1,New\n"
LONG = "opportunity_id,stage\n" + "".join(f"{number},{number * 7919 % 10007}\n" for number in range(20000))


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[LandingZone]:
    made = LandingZone(tmp_path)
    yield made
    made.close()


def parquet(path: Path) -> bytes:
    duckdb.execute(f"copy (select i::varchar as opportunity_id from range(10000) t(i)) to '{path}' (format parquet)")
    return path.read_bytes()


def damaged(data: bytes, position: int) -> bytes:
    changed = bytearray(data)
    changed[position] ^= 0xFF
    return bytes(changed)


def cases(folder: Path) -> dict[str, tuple[str, bytes, str]]:
    zipped = gzip.compress(LONG.encode(), mtime=0)
    table = parquet(folder / "table.parquet")
    return {
        "no required column": (
            "a.csv",
            b"stage,amount\nNew,1\n",
            "the column 'opportunity_id' (or id, deal_id) is missing, needed for the required column 'opportunity_id' "
            "of opportunities. The file has: stage, amount.",
        ),
        "two columns for one": (
            "a.csv",
            b"opportunity_id,StageName,stage_name\n1,a,b\n",
            "2 columns of the file are 'stage_name': 'StageName', 'stage_name'. Keep one of them.",
        ),
        "one header name twice": (
            "a.csv",
            b"opportunity_id,stage,stage\n1,a,b\n",
            "2 columns of the file are 'stage': 'stage', 'stage (2)'. Keep one of them.",
        ),
        "two accepted names": (
            "a.csv",
            b"id,deal_id\n1,2\n",
            "2 columns of the file are accepted as 'opportunity_id': 'id', 'deal_id'. Keep one of them.",
        ),
        "empty": ("a.csv", b"", "the file is empty, without a header."),
        "blank": ("a.csv", b"\n  \n", "the file is empty, without a header."),
        "empty gzip": ("a.csv.gz", gzip.compress(b""), "the file is empty, without a header."),
        "gzip of no bytes": ("a.csv.gz", b"", "the file is empty, without a header."),
        "not UTF-8": ("a.csv", GOOD.encode() + b"2,caf\xe9\n", "byte 0xe9 is not valid UTF-8. Save the file as UTF-8."),
        "UTF-16": ("a.csv", GOOD.encode("utf-16"), "the name says CSV text, the content is UTF-16 text."),
        "truncated gzip": ("a.csv.gz", zipped[:-9], "the gzip stream ends early: the file is truncated."),
        "half a gzip": ("a.csv.gz", zipped[: len(zipped) // 2], "the gzip stream ends early: the file is truncated."),
        "gzip with a wrong checksum": ("a.csv.gz", damaged(zipped, -7), "the gzip stream is damaged"),
        "gzip with a wrong byte": ("a.csv.gz", damaged(zipped, len(zipped) // 2), "the gzip stream is damaged"),
        "gzip that is none": ("a.csv.gz", GOOD.encode(), "the gzip stream is damaged"),
        "gzip under a plain name": ("a.csv", zipped, "the name says CSV text, the content is gzip."),
        "Parquet under a CSV name": ("a.csv", table, "the name says CSV text, the content is Parquet."),
        "a spreadsheet": ("a.csv", b"PK\x03\x04rest", "the content is a zip archive or a spreadsheet."),
        "CSV under a Parquet name": (
            "a.parquet",
            GOOD.encode(),
            "the name says Parquet, the content is something else",
        ),
        "empty Parquet": ("a.parquet", b"", "the name says Parquet, the content is empty."),
        "truncated Parquet": ("a.parquet", table[: len(table) // 2], "the Parquet file can't be read:"),
        "a JSON array": (
            "a.jsonl",
            b'[{"opportunity_id": 1}]',
            "the name says JSON lines, the content is a JSON array.",
        ),
        "JSON without the key": (
            "a.jsonl",
            b'{"stage": "x"}\n',
            "the column 'opportunity_id' (or id, deal_id) is missing",
        ),
        "JSON that is not UTF-8": ("a.jsonl", b'{"opportunity_id": "caf\xe9"}\n', "is not valid UTF-8"),
        "a page of HTML": ("a.csv", b"<html><body>No</body></html>", "None of the file's 1 columns is known. Is its first line the header?"),
        "an impossible date in the name": (
            "2026-13-45.csv",
            GOOD.encode(),
            "the path's extract time can't be read: month must be in 1..12. Rename the file.",
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "no required column",
        "two columns for one",
        "one header name twice",
        "two accepted names",
        "empty",
        "blank",
        "empty gzip",
        "gzip of no bytes",
        "not UTF-8",
        "UTF-16",
        "truncated gzip",
        "half a gzip",
        "gzip with a wrong checksum",
        "gzip with a wrong byte",
        "gzip that is none",
        "gzip under a plain name",
        "Parquet under a CSV name",
        "a spreadsheet",
        "CSV under a Parquet name",
        "empty Parquet",
        "truncated Parquet",
        "a JSON array",
        "JSON without the key",
        "JSON that is not UTF-8",
        "a page of HTML",
        "an impossible date in the name",
    ],
)
def test_a_bad_file_is_refused_whole_with_its_reason(zone: LandingZone, tmp_path: Path, name: str) -> None:
    file_name, content, reason = cases(tmp_path)[name]
    zone.write(f"{FOLDER}/{file_name}", content)
    zone.write(f"{FOLDER}/good-2026-01-05.csv", GOOD)
    reports = {Path(report.file_path).name: report for report in zone.load().files}
    bad = reports[file_name]
    assert bad.status == "refused"
    assert bad.reason is not None
    assert reason in bad.reason
    assert bad.reason.endswith((".", "?"))
    assert str(zone.landing) not in bad.reason
    assert (bad.rows_in, bad.rows_loaded, bad.rows_quarantined, bad.rows_stored) == (0, 0, 0, 0)
    assert reports["good-2026-01-05.csv"].rows_loaded == 1
    assert zone.rows("select _file from raw.generic__opportunities") == [(f"{FOLDER}/good-2026-01-05.csv",)]
    assert zone.rows("select status, reason from raw.plumbline_files where file_path like ?", [f"%/{file_name}"]) == [
        ("refused", bad.reason)
    ]
    again = {Path(report.file_path).name: report.status for report in zone.load().files}
    assert again == {file_name: "refused", "good-2026-01-05.csv": "repeated"}
    assert zone.rows("select count(*) from raw.plumbline_files") == [(2,)]


def test_a_refused_file_that_is_fetched_again_loads(zone: LandingZone) -> None:
    zipped = gzip.compress(GOOD.encode())
    zone.write(f"{FOLDER}/2026-01-05.csv.gz", zipped[:-4])
    assert zone.load_one().status == "refused"
    zone.write(f"{FOLDER}/2026-01-05.csv.gz", zipped)
    assert zone.load_one().status == "loaded"


def test_a_gzip_of_several_members_is_whole(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv.gz", gzip.compress(GOOD.encode()) + gzip.compress(b"2,Won\n"))
    assert zone.load_one().rows_loaded == 2


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


def test_an_empty_jsonl_file_holds_no_rows(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.jsonl", "")
    report = zone.load_one()
    assert (report.status, report.rows_in) == ("loaded", 0)
