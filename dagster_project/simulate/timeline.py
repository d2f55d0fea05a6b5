"""Instants: the quarters of the history and the working hours in which staff do things.

Instants are seconds since 1970 in UTC, days are days since 1970. Staff work Monday to Friday, 08:00 to 18:00 UTC, but
not on Christmas, the day after it and New Year's Day; working seconds count those hours alone, so that adding durations
keeps order and never lands on a day off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from dagster_project.simulate.frames import Ints
from dagster_project.simulate.options import SECONDS_PER_DAY, Options

DAY = SECONDS_PER_DAY
HOUR = 3_600
WORKDAY = 10 * HOUR
_OPENING = 8 * HOUR
_EPOCH = date(1970, 1, 1)
_MONDAY = 4  # 1970-01-05
_HOLIDAYS = ((1, 1), (12, 25), (12, 26))
_YEARS = range(1971, 2500)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def _holidays() -> tuple[Ints, Ints]:
    """Holidays before each day from Monday to Friday, and before each working day, both counted from `_MONDAY` on."""
    days = np.array([day_number(date(year, *day)) for year in _YEARS for day in _HOLIDAYS]) - _MONDAY
    weekdays = (days // 7 * 5 + days % 7)[days % 7 < 5]
    every = np.arange(weekdays[-1] + 2)
    return np.searchsorted(weekdays, every), np.searchsorted(weekdays - np.arange(len(weekdays)), every, side="right")


_BEFORE_WEEKDAY, _BEFORE_WORKDAY = _holidays()


@dataclass(frozen=True)
class Timeline:
    """The history: `quarter_starts` are instants, the last one being its exclusive end."""

    quarter_starts: Ints

    @classmethod
    def of(cls, options: Options) -> Timeline:
        """The timeline that the options ask for."""
        return cls(np.array([day_number(day) * DAY for day in options.quarter_starts], dtype=np.int64))

    @property
    def start(self) -> int:
        return int(self.quarter_starts[0])

    @property
    def end(self) -> int:
        return int(self.quarter_starts[-1])

    @property
    def quarters(self) -> int:
        return len(self.quarter_starts) - 1

    def quarter_of(self, at: Ints) -> Ints:
        """Number of the quarter that holds each instant; -1 before the first, `quarters` after the last."""
        return np.searchsorted(self.quarter_starts, at, side="right").astype(np.int64) - 1

    def next_quarter_start(self, at: Ints) -> Ints:
        """First quarter start after each instant; 91 days per quarter beyond the end."""
        position = np.searchsorted(self.quarter_starts, at, side="right")
        beyond = self.end + ((at - self.end) // (91 * DAY) + 1) * 91 * DAY
        inside = self.quarter_starts[np.minimum(position, self.quarters)]
        return np.where(position > self.quarters, beyond, inside)


def working_seconds(at: Ints) -> Ints:
    """Working seconds up to an instant; nights and days off count as the edge of a working day."""
    days = at // DAY - _MONDAY
    weekday = days % 7
    weekdays = days // 7 * 5 + np.minimum(weekday, 5)
    off = _BEFORE_WEEKDAY.take(weekdays, mode="clip")
    works = (weekday < 5) & (_BEFORE_WEEKDAY.take(weekdays + 1, mode="clip") == off)
    return (weekdays - off) * WORKDAY + np.where(works, np.clip(at % DAY - _OPENING, 0, WORKDAY), 0)


def working_instant(working: Ints) -> Ints:
    """Instant at which that many working seconds have passed; the inverse of `working_seconds` in working hours."""
    days = working // WORKDAY
    days = days + _BEFORE_WORKDAY.take(days, mode="clip")
    return (days // 5 * 7 + days % 5 + _MONDAY) * DAY + _OPENING + working % WORKDAY


def last_workday(day: Ints) -> Ints:
    """Newest working day at or before each day."""
    return working_instant(working_seconds((day + 1) * DAY) - 1) // DAY


def later(at: Ints, workdays: np.ndarray | float) -> Ints:
    """Instants a number of working days (fractions allowed, negative too) after others."""
    return working_instant(working_seconds(at) + np.floor(np.asarray(workdays) * WORKDAY).astype(np.int64))
