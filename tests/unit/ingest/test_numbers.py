"""Numbers as people write them: what a mapping's `numbers` reads, and what it refuses rather than guess."""

from __future__ import annotations

import duckdb
import pytest

from dagster_project.lib.contracts import Numbers
from dagster_project.lib.ingest import casting, numbers

US = Numbers(group=(",",), currency=True, suffixes=(("K", "1000"), ("M", "1000000"), ("%", "1")))
GERMAN = Numbers(decimal=",", group=(".", " "), currency=True)
SWISS = Numbers(group=("'",), currency=True)
PLAIN = Numbers()


def read(text: str | None, how: Numbers, data_type: str = "decimal") -> tuple[float | None, str | None]:
    """(value, currency) of a text."""
    value, code = casting.cast(numbers.plain("x", how), data_type), numbers.code("x", how)
    with duckdb.connect() as con:
        row = con.execute(f"select {value}, {code} from (select ?::varchar as x)", [text]).fetchone()
    assert row is not None
    return (None if row[0] is None else float(row[0]), row[1])


@pytest.mark.parametrize(
    ("text", "how", "value", "currency"),
    [
        ("1,234.50", US, 1234.5, None),
        ("USD 1,234.50", US, 1234.5, "USD"),
        ("$1,234.50", US, 1234.5, None),
        ("$1,234.50 USD", US, 1234.5, "USD"),
        ("US$ 7", US, 7, "USD"),
        ("-$5", US, -5, None),
        ("$-5", US, -5, None),
        ("($5.00)", US, -5, None),
        ("12,34,567.5", US, 1234567.5, None),
        ("$1.1K", US, 1100, None),
        ("1.2345678 M", US, 1234567.8, None),
        ("75%", US, 75, None),
        (".5", US, 0.5, None),
        ("1.117,10", GERMAN, 1117.1, None),
        ("1.117,10 €", GERMAN, 1117.1, "EUR"),
        ("1\u00a0117,10\u202f€", GERMAN, 1117.1, "EUR"),
        ("1117,1", GERMAN, 1117.1, None),
        ("12.345", GERMAN, 12345, None),
        ("-1.000,00", GERMAN, -1000, None),
        ("\u22125,5", GERMAN, -5.5, None),
        ("1'234.50", SWISS, 1234.5, None),
        ("CHF 1\u2019234.50", SWISS, 1234.5, "CHF"),
        ("1.5", PLAIN, 1.5, None),
    ],
)
def test_numbers_are_read_as_written(text: str, how: Numbers, value: float, currency: str | None) -> None:
    assert read(text, how) == (value, currency)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("1,23", US),
        ("1.117,10", US),
        ("1 234", US),
        ("--5", US),
        ("(5", US),
        ("-(5)", US),
        ("$", US),
        ("EUR 5 USD", US),
        ("abc", US),
        ("5 T", US),
        ("1.5", GERMAN),
        ("1.117.00", GERMAN),
        ("31.12.2026", GERMAN),
        ("$5", PLAIN),
        ("1,000", PLAIN),
        ("", PLAIN),
    ],
)
def test_what_is_written_otherwise_is_no_number(text: str, how: Numbers) -> None:
    assert read(text, how)[0] is None


def test_whole_numbers_stay_whole() -> None:
    assert read("1,200", US, "integer")[0] == 1200
    assert read("1.2K", US, "integer")[0] == 1200
    assert read("1,200.5", US, "integer")[0] is None
    assert read(None, US)[0] is None
