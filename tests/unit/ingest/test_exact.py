"""The exact CSV reader splits text as DuckDB's strict reader does, so that one bad record changes no good one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.lib.ingest.content import CsvShape
from dagster_project.lib.ingest.discovery import LandingFile
from dagster_project.lib.ingest.exact import MAX_RECORD, Record, csv_records, write_csv
from dagster_project.lib.ingest.readers import csv_relation, exact_csv_relation

SHAPE = CsvShape(("a", "b"), ",", '"', has_header=True, is_clean_start=True)


def exact(path: Path) -> list[Record]:
    return list(csv_records(LandingFile(path, path.name), SHAPE, checks_width=True))


def handed_on(con: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str | None, ...]]:
    """The values that DuckDB reads from what the exact reader writes."""
    good = path.with_name("good.csv")
    write_csv(exact(path), good, path.with_name("bad.jsonl"), SHAPE.delimiter)
    return con.execute(f"select c0, c1 from ({exact_csv_relation(good, SHAPE).sql}) order by r").fetchall()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv") / "a.csv"


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


def strict(con: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str | None, ...]] | None:
    relation = csv_relation(path, SHAPE, is_gzip=False)
    try:
        return con.execute(f"select c0, c1 from ({relation.sql})").fetchall()
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


@settings(max_examples=300, deadline=None)
@given(lines=LINES, has_last_newline=st.booleans())
def test_whatever_duckdb_reads_is_read_alike(
    con: duckdb.DuckDBPyConnection, path: Path, lines: list[str], has_last_newline: bool
) -> None:
    path.write_bytes(("\n".join(["a,b", *lines]) + "\n" * has_last_newline).encode())
    expected = strict(con, path)
    if expected is None:
        return
    assert handed_on(con, path) == expected
    assert all(record.reason is None for record in exact(path))


@settings(max_examples=200, deadline=None)
@given(lines=LINES)
def test_every_line_belongs_to_exactly_one_record(path: Path, lines: list[str]) -> None:
    text = "\n".join(["a,b", *lines, ""])
    path.write_bytes(text.encode())
    records = exact(path)
    all_lines = text.split("\n")
    assert [record.number for record in records] == list(range(1, len(records) + 1))
    starts = [(record.line or 0, record.text.count("\n")) for record in records]
    covered = [line for first, more in starts for line in range(first, first + more + 1)]
    assert covered == sorted(set(covered))
    assert all(all_lines[line - 1] == "" for line in range(2, len(all_lines) + 1) if line not in covered)


def test_bad_records_are_told_apart_and_good_ones_kept(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    path.write_text('a,b\n1,"x\ny"\n2\n\n3,"open\n4,y\n5,"q"w\n6,y,z\n7,y,\n', encoding="utf-8")
    assert exact(path) == [
        (1, 2, '1,"x\ny"', None),
        (2, 4, "2", "1 fields where the header has 2"),
        (3, 6, '3,"open', "a quote is not closed"),
        (4, 7, "4,y", None),
        (5, 8, '5,"q"w', "a quote is not closed"),
        (6, 9, "6,y,z", "3 fields where the header has 2"),
        (7, 10, "7,y,", None),
    ]
    assert handed_on(con, path) == [("1", "x\ny"), ("4", "y"), ("7", "y")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_kind(con: duckdb.DuckDBPyConnection, path: Path, newline: str) -> None:
    path.write_bytes(newline.join(["a,b", "1,x", '"2",y', "3", "4,z"]).encode())
    assert [(record.line, record.reason is None) for record in exact(path)] == [
        (2, True),
        (3, True),
        (4, False),
        (5, True),
    ]
    assert handed_on(con, path) == [("1", "x"), ("2", "y"), ("4", "z")]


def test_a_record_past_the_limit_is_bad_and_the_next_one_good(path: Path) -> None:
    path.write_text(f"a,b\n1,{'x' * (MAX_RECORD + 10)}\n2,y\n", encoding="utf-8")
    records = exact(path)
    assert records[0].reason == "the record is too long"
    assert (records[-1].line, records[-1].text, records[-1].reason) == (3, "2,y", None)


def test_records_that_cross_buffers_are_whole(path: Path) -> None:
    count = 70_000
    with path.open("w", encoding="utf-8") as out:
        out.write("a,b\n")
        out.writelines(f'{number},"{"ü" * 40}\n{"x" * 60}"\n' for number in range(count))
        out.write("ragged\n")
    numbers = [record.text.partition(",")[0] for record in exact(path) if record.reason is None]
    assert numbers == [str(number) for number in range(count)]
