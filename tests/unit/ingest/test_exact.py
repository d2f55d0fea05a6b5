"""The exact CSV reader splits text as DuckDB's strict reader does, so that one bad record changes no good one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.lib.ingest.content import CsvShape
from dagster_project.lib.ingest.discovery import LandingFile
from dagster_project.lib.ingest.exact import MAX_RECORD, Record, csv_records
from dagster_project.lib.ingest.readers import csv_relation

SHAPE = CsvShape(("a", "b"), ",", '"', has_header=True, is_clean_start=True)


def exact(path: Path, shape: CsvShape = SHAPE) -> list[Record]:
    return list(csv_records(LandingFile(path, path.name), shape, with_fields=True))


def strict(path: Path) -> list[tuple[str | None, ...]] | None:
    relation = csv_relation(path, SHAPE, is_gzip=False)
    try:
        return duckdb.connect().execute(f"select c0, c1 from ({relation.sql})").fetchall()
    except duckdb.InvalidInputException:
        return None


# A quoted value is followed by its delimiter at once: what DuckDB makes of text between the two is its own affair.
FIELD = st.one_of(
    st.text(alphabet="ax '", max_size=4),
    st.text(alphabet="ab", min_size=1, max_size=2).map(lambda text: text + '"b'),
    st.text(alphabet='a, \n"', max_size=6).map(lambda text: '"' + text.replace('"', '""') + '"'),
    st.just('"unclosed'),
)
LINES = st.lists(st.lists(FIELD, min_size=1, max_size=3).map(",".join), max_size=6)


@settings(max_examples=400, deadline=None)
@given(lines=LINES, has_last_newline=st.booleans())
def test_whatever_duckdb_reads_is_read_alike(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], has_last_newline: bool
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(("\n".join(["a,b", *lines]) + "\n" * has_last_newline).encode())
    expected = strict(path)
    if expected is None:
        return
    found = [tuple(value or None for value in record.fields or ()) for record in exact(path)]
    assert found == [tuple(value or None for value in row) for row in expected]


@settings(max_examples=200, deadline=None)
@given(lines=LINES)
def test_every_line_belongs_to_exactly_one_record(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    text = "\n".join(["a,b", *lines, ""])
    path.write_bytes(text.encode())
    records = exact(path)
    all_lines = text.split("\n")
    assert [record.number for record in records] == list(range(1, len(records) + 1))
    covered = [line for record in records for line in range(record.line, record.line + record.text.count("\n") + 1)]
    assert covered == sorted(set(covered))
    assert all(all_lines[line - 1] == "" for line in range(2, len(all_lines) + 1) if line not in covered)


def test_bad_records_are_told_apart_and_good_ones_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"x\ny"\n2\n\n3,"open\n4,y\n5,"q"w\n6,y,z\n7,y,\n', encoding="utf-8")
    assert [(r.number, r.line, r.text, r.fields, r.reason) for r in exact(path)] == [
        (1, 2, '1,"x\ny"', ["1", "x\ny"], None),
        (2, 4, "2", None, "1 fields where the header has 2"),
        (3, 6, '3,"open', None, "a quote is not closed"),
        (4, 7, "4,y", ["4", "y"], None),
        (5, 8, '5,"q"w', None, "a quote is not closed"),
        (6, 9, "6,y,z", None, "3 fields where the header has 2"),
        (7, 10, "7,y,", ["7", "y"], None),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_kind(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(newline.join(["a,b", "1,x", '"2",y', "3", "4,z"]).encode())
    assert [(r.line, r.fields) for r in exact(path)] == [(2, ["1", "x"]), (3, ["2", "y"]), (4, None), (5, ["4", "z"])]


def test_a_record_past_the_limit_is_bad_and_the_next_one_good(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"a,b\n1,{'x' * (MAX_RECORD + 10)}\n2,y\n", encoding="utf-8")
    records = exact(path)
    assert records[0].reason == "the record is too long"
    assert records[-1].fields == ["2", "y"]
    assert records[-1].line == 3


def test_records_that_cross_buffers_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    count = 120_000
    with path.open("w", encoding="utf-8") as out:
        out.write("a,b\n")
        out.writelines(f'{number},"{"ü" * 40}\n{"x" * 60}"\n' for number in range(count))
        out.write("ragged\n")
    numbers = [record.fields[0] for record in exact(path) if record.fields]
    assert numbers == [str(number) for number in range(count)]
