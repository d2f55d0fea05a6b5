"""Whatever bytes lie in the landing folder: a load ends, every record is accounted for, and nothing else is touched."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_project.lib.contracts import Source, load_sources
from dagster_project.lib.ingest import FileReport
from dagster_project.lib.ingest.schema import BOOKKEEPING
from tests.faults.corpus import damaged, parquet
from tests.unit.ingest.landing_zone import LandingZone

FOLDER = "generic/opportunities"
BOUNDED = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
HOSTILE = st.sampled_from(
    [
        "1", "x", "", " ", "'", '"', '""', "\\", ";", ",", "\n", "\r\n", "\r", "\0", "\x1f", "\x1e", "\ufeff", "é", "💣",
        "'); drop table raw.plumbline_files; --", '"; drop schema raw cascade; --', "../../etc/passwd", "$1", "{{ x }}",
        "%s", "*", "?", "[a]", "NaN", "1e999", "2026-02-30", "=1+1", "null", "\u2028", "{}", "true",
    ]
)  # fmt: skip
TEXT = st.lists(HOSTILE, max_size=3).map("".join)
NAME = st.one_of(st.sampled_from(["opportunity_id", "stage", "amount", "created_at", "_record", "c0", "rowid"]), TEXT)
TABLE = parquet("select md5(i::varchar) as opportunity_id, i as amount from range(300) t(i)")


shipped = cache(load_sources)


class FuzzedZone(LandingZone):
    """A landing zone whose contracts are read once."""

    @property
    def sources(self) -> list[Source]:
        return shipped(self.settings)


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LandingZone]:
    made = FuzzedZone(tmp_path_factory.mktemp("fuzz"))
    made.write("generic/users/users.csv", "user_id\nann\n")
    made.load("users")
    yield made
    made.close()


def load(zone: LandingZone, name: str, content: bytes) -> FileReport:
    """Load one file; whatever it is, the ledger, the quarantine and the raw table agree, and nothing else has changed."""
    zone.rows("delete from raw.plumbline_files")
    zone.rows("delete from raw.plumbline_quarantine")
    path = zone.write(f"{FOLDER}/{name}", content)
    try:
        report = zone.load().files[0]
    finally:
        path.unlink()
    counts = (report.rows_read, report.rows_in, report.rows_loaded, report.rows_quarantined)
    if report.status == "refused":
        assert report.reason and report.reason.isprintable() and str(zone.landing) not in report.reason
        assert counts == (0, 0, 0, 0)
    elif report.status == "loaded":
        assert report.rows_in == report.rows_loaded + report.rows_quarantined == report.rows_read
        quarantined = zone.rows(
            "select count(*), count(distinct record_number), count(reason) from raw.plumbline_quarantine where file_id = ?",
            [report.file_id],
        )
        assert quarantined == [(report.rows_quarantined,) * 3]
        stored = zone.rows("delete from raw.generic__opportunities where _file_id = ?", [report.file_id])
        assert stored == [(report.rows_stored,)]
    assert zone.rows("select user_id from raw.generic__users") == [("ann",)]
    assert len(zone.rows("select 1 from duckdb_tables() where not temporary")) == len(_declared(zone))
    return report


def _declared(zone: LandingZone) -> list[str]:
    return [*(entry.raw_table for source in zone.sources for entry in source.objects), *BOOKKEEPING]


def quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


@BOUNDED
@given(names=st.lists(NAME, max_size=4), rows=st.lists(st.lists(TEXT, max_size=5), max_size=5), is_gzip=st.booleans())
def test_a_well_formed_csv_of_hostile_values_loses_nothing(
    zone: LandingZone, names: list[str], rows: list[list[str]], is_gzip: bool
) -> None:
    header = ["opportunity_id", *(name for name in names if name != "opportunity_id")]
    full = [["key", *(row + [""] * len(header))[: len(header) - 1]] for row in rows]
    text = "".join(",".join(map(quoted, row)) + "\n" for row in (header, *full)).encode()
    report = load(zone, "a.csv.gz" if is_gzip else "a.csv", gzip.compress(text, mtime=0) if is_gzip else text)
    assert report.status != "loaded" or report.rows_in == len(rows)


@BOUNDED
@given(text=st.lists(st.one_of(HOSTILE, st.just(",")), max_size=25).map("".join))
def test_any_text_below_a_header(zone: LandingZone, text: str) -> None:
    load(zone, "a.csv", f"opportunity_id,stage,amount\n{text}".encode())


@BOUNDED
@given(content=st.binary(max_size=60), suffix=st.sampled_from(["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet", "tsv"]))
def test_any_bytes_under_any_name(zone: LandingZone, content: bytes, suffix: str) -> None:
    load(zone, f"a.{suffix}", content)
    if not suffix.endswith(".gz"):
        load(zone, f"a.{suffix}", b"opportunity_id,stage\n" + content)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAME, inner, max_size=3)),
    max_leaves=8,
)


@BOUNDED
@given(values=st.lists(JSON, max_size=5), junk=TEXT)
def test_any_json_lines(zone: LandingZone, values: list[Any], junk: str) -> None:
    lines = [json.dumps(value, ensure_ascii=False) for value in values]
    first = json.dumps({"opportunity_id": "1", junk: junk})
    report = load(zone, "a.jsonl", "\n".join([first, *lines]).encode())
    assert report.status != "loaded" or report.rows_in == 1 + len(lines)
    load(zone, "a.jsonl", "\n".join([first, *lines, junk]).encode())


@BOUNDED
@given(position=st.integers(0, len(TABLE) - 20), count=st.integers(1, 20), cut=st.integers(0, len(TABLE)))
def test_any_damage_to_a_parquet_file(zone: LandingZone, position: int, count: int, cut: int) -> None:
    load(zone, "a.parquet", damaged(TABLE, position, count))
    load(zone, "b.parquet", TABLE[:cut])


@BOUNDED
@given(stem=TEXT.filter(lambda text: "/" not in text and "\0" not in text and not text.startswith((".", "_"))))
def test_any_file_name(zone: LandingZone, stem: str) -> None:
    zone.write(f"{FOLDER}/decoy/a.txt", "opportunity_id\nwrong\n")
    report = load(zone, f"{stem}x.csv", f"opportunity_id,stage\n1,{len(stem)}\n".encode())
    if "2026-02-30" in stem:
        assert report.status == "refused"
    else:
        assert (report.file_path, report.rows_loaded) == (f"{FOLDER}/{stem}x.csv", 1)


def test_a_name_that_is_no_text_is_shown_escaped(zone: LandingZone) -> None:
    folder = bytes(zone.landing / FOLDER)
    Path(folder.decode()).mkdir(parents=True, exist_ok=True)
    path = Path((folder + b"/caf\xe9.csv").decode("utf-8", "surrogateescape"))
    path.write_text("opportunity_id,stage\nlatin,1\n", encoding="utf-8")
    (report,) = zone.load().files
    path.unlink()
    assert (report.file_path, report.rows_loaded) == (f"{FOLDER}/caf\\xe9.csv", 1)
