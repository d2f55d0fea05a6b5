"""Content hashes: the same rows give the same hash, different rows another."""

from __future__ import annotations

import duckdb
import pytest

from dagster_project.lib.content_hash import combined_hash, quoted, table_content_hash

COLUMNS = [("id", "BIGINT"), ("name", "VARCHAR"), ("share", "DOUBLE")]
ROWS = [(1, "a", 0.1), (2, None, -0.0), (3, "", 1e300)]


def content_hash(rows: list[tuple[object, ...]], columns: list[tuple[str, str]] = COLUMNS) -> str:
    with duckdb.connect() as connection:
        connection.execute("create table t (" + ", ".join(f"{quoted(name)} {kind}" for name, kind in columns) + ")")
        if rows:
            connection.executemany(f"insert into t values ({', '.join('?' * len(columns))})", rows)
        return table_content_hash(connection, "t", columns)


def test_row_order_does_not_matter() -> None:
    assert content_hash(ROWS) == content_hash(ROWS[::-1])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([(1, "a", 0.1), (2, "", 0.0), (3, "", 1e300)], id="null is not the empty string"),
        pytest.param([(1, "a", 0.1), (2, None, 0.0)], id="a missing row"),
        pytest.param([*ROWS, ROWS[0]], id="a repeated row"),
        pytest.param([(1, "b", 0.1), (2, None, 0.0), (3, "", 1e300)], id="another value"),
        pytest.param([(1, "a", 0.10000000000000002), (2, None, 0.0), (3, "", 1e300)], id="the last digit"),
    ],
)
def test_different_rows_differ(other: list[tuple[object, ...]]) -> None:
    assert content_hash(other) != content_hash(ROWS)


def test_two_rows_repeated_are_not_two_others_repeated() -> None:
    columns = [("x", "VARCHAR")]
    assert content_hash([("a",), ("a",), ("b",)], columns) != content_hash([("a",), ("b",), ("b",)], columns)


def test_negative_zero_is_zero() -> None:
    assert content_hash([(1, "a", -0.0)]) == content_hash([(1, "a", 0.0)])


def test_values_do_not_run_into_each_other() -> None:
    columns = [("a", "VARCHAR"), ("b", "VARCHAR")]
    assert content_hash([("x:1", "y")], columns) != content_hash([("x", "1y")], columns)
    assert content_hash([("n", None)], columns) != content_hash([(None, "n")], columns)


def test_columns_count_and_run_columns_do_not() -> None:
    plain = content_hash([(1,)], [("id", "BIGINT")])
    assert content_hash([(1,)], [("key", "BIGINT")]) != plain
    assert content_hash([("r1", 1)], [("run_id", "VARCHAR"), ("id", "BIGINT")]) == plain


def test_an_empty_table_has_a_hash_of_its_columns() -> None:
    assert content_hash([]) != content_hash([], [("id", "BIGINT")])


def test_the_combined_hash_knows_names_but_not_order() -> None:
    assert combined_hash({"a": "1", "b": "2"}) == combined_hash([("b", "2"), ("a", "1")])
    assert combined_hash({"a": "1", "b": "2"}) != combined_hash({"a": "2", "b": "1"})
