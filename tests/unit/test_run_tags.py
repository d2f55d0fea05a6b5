"""What a run's tags ask for, and where they are refused."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from dagster_project.lib.run_tags import AS_OF, EXTRACTS_UNTIL, asked_as_of, asked_settings, end_of_day
from dagster_project.lib.settings import Settings, SettingsError

SETTINGS = Settings(Path("var"), Path("landing"), None, Path("seeds"), as_of=date(2026, 1, 31))


@pytest.mark.parametrize(
    ("tags", "as_of"),
    [({}, date(2026, 1, 31)), ({AS_OF: "2026-03-31"}, date(2026, 3, 31)), ({AS_OF: "newest"}, None)],
)
def test_a_tag_goes_before_the_environment(tags: dict[str, str], as_of: date | None) -> None:
    asked = asked_settings(SETTINGS, tags)
    assert asked.as_of == as_of
    assert asked.extracts_until is None
    assert asked_settings(SETTINGS, {AS_OF: asked_as_of(asked)}) == asked


@pytest.mark.parametrize("name", [AS_OF, EXTRACTS_UNTIL])
@pytest.mark.parametrize("value", ["31.03.2026", "2026-02-30", "20260331", "", "tomorrow"])
def test_a_tag_that_is_no_date_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        asked_settings(SETTINGS, {name: value})
    assert f"{name}={value!r} is not a date" in str(refused.value)
    assert "YYYY-MM-DD" in str(refused.value)


def test_extracts_are_known_until_the_end_of_the_day() -> None:
    assert asked_settings(SETTINGS, {EXTRACTS_UNTIL: "2026-03-31"}).extracts_until == utc(2026, 4, 1)


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2026, 3, 28), "Europe/Berlin", (2026, 3, 28, 23)),
        (date(2026, 3, 29), "Europe/Berlin", (2026, 3, 29, 22)),
        (date(2026, 3, 31), "America/New_York", (2026, 4, 1, 4)),
    ],
)
def test_a_day_ends_in_the_reporting_timezone(day: date, zone: str, end: tuple[int, int, int, int]) -> None:
    assert end_of_day(day, zone) == utc(*end)


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour)  # noqa: DTZ001 (UTC and naive, as the warehouse keeps it)
