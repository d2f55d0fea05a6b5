"""Text -> typed value: what each type accepts, and that everything else is null rather than a guess."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from dagster_project.lib.ingest.casting import cast


def read(text: str, data_type: str, **options: Any) -> str | None:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    row = con.execute(f"select ({cast('t', data_type, **options)})::varchar from (select ?::varchar as t)", [text])
    return row.fetchall()[0][0]


@pytest.mark.parametrize(
    ("data_type", "text", "value"),
    [
        ("text", " kept as it is ", " kept as it is "),
        ("integer", "12", "12"),
        ("integer", "-12", "-12"),
        ("integer", "12.0", "12"),
        ("integer", "12.7", None),
        ("integer", "twelve", None),
        ("integer", "9223372036854775808", None),
        ("decimal", "1234567890.123456", "1234567890.123456"),
        ("decimal", "-0.5", "-0.500000"),
        ("decimal", "1e3", "1000.000000"),
        ("decimal", "1,000.50", None),
        ("decimal", "$5", None),
        ("decimal", "NaN", None),
        ("decimal", "inf", None),
        ("double", "0.25", "0.25"),
        ("double", "NaN", None),
        ("double", "Infinity", None),
        ("boolean", "TRUE", "true"),
        ("boolean", "t", "true"),
        ("boolean", "1", "true"),
        ("boolean", "Yes", "true"),
        ("boolean", "False", "false"),
        ("boolean", "f", "false"),
        ("boolean", "0", "false"),
        ("boolean", "NO", "false"),
        ("boolean", "2", None),
        ("boolean", "maybe", None),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "2023-02-29", None),
        ("date", "2024-02-29 23:59:59", "2024-02-29"),
        ("date", "2024-02-29T23:59:59.999Z", "2024-02-29"),
        ("date", "2024-02-29 nonsense", None),
        ("date", "29.02.2024", None),
        ("date", "2024/02/29", None),
        ("date", "0000-01-01", None),
        ("date", "epoch", None),
        ("timestamp", "2024-02-29", "2024-02-29 00:00:00"),
        ("timestamp", "2024-02-29 10:11:12", "2024-02-29 10:11:12"),
        ("timestamp", "2024-02-29T10:11:12.123456Z", "2024-02-29 10:11:12.123456"),
        ("timestamp", "2024-02-29T10:11:12.000+0000", "2024-02-29 10:11:12"),
        ("timestamp", "2024-02-29T10:11:12+02:00", "2024-02-29 08:11:12"),
        ("timestamp", "2024-02-29T23:30:00-05:00", "2024-03-01 04:30:00"),
        ("timestamp", "9999-12-31 23:59:59", "9999-12-31 23:59:59"),
        ("timestamp", "2203-01-01", "2203-01-01 00:00:00"),
        ("timestamp", "02/29/2024", None),
        ("timestamp", "2024-02-30 10:00:00", None),
        ("timestamp", "infinity", None),
        ("timestamp", "10:00:00", None),
        ("timestamp", "1709200000", None),
    ],
)
def test_a_text_is_read_as_its_type_or_not_at_all(data_type: str, text: str, value: str | None) -> None:
    assert read(text, data_type) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-07-01 12:00:00", "2024-07-01 10:00:00"),
        ("2024-01-01 12:00:00", "2024-01-01 11:00:00"),
        ("2024-07-01T12:00:00Z", "2024-07-01 12:00:00"),
        ("2024-07-01T12:00:00-03:00", "2024-07-01 15:00:00"),
        ("2024-07-18", "2024-07-18 00:00:00"),
    ],
)
def test_a_time_zone_holds_for_timestamps_without_offset(text: str, value: str) -> None:
    assert read(text, "timestamp", timezone="Europe/Amsterdam") == value


@pytest.mark.parametrize(
    ("text", "data_type", "value"),
    [
        ("31/12/2024", "date", "2024-12-31"),
        ("12-31-2024", "date", "2024-12-31"),
        ("31/12/2024", "timestamp", "2024-12-31 00:00:00"),
        ("2024-12-31", "date", None),
        ("32/12/2024", "date", None),
    ],
)
def test_formats_replace_iso(text: str, data_type: str, value: str | None) -> None:
    assert read(text, data_type, formats=("%d/%m/%Y", "%m-%d-%Y")) == value


def test_a_format_with_an_offset_gives_utc_and_one_without_takes_the_zone() -> None:
    assert read("01/07/2024 12:00 +0200", "timestamp", formats=("%d/%m/%Y %H:%M %z",)) == "2024-07-01 10:00:00"
    zone = {"formats": ("%d/%m/%Y %H:%M",), "timezone": "America/New_York"}
    assert read("01/07/2024 12:00", "timestamp", **zone) == "2024-07-01 16:00:00"
