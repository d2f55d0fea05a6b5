"""What the sample company is asked to be: sizes, dates, rates and the layout of its extracts.

Only the request and its validation belong here. What the numbers do is in the modules that read them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Literal

Layout = Literal["bulk", "daily"]

SECONDS_PER_DAY = 86_400
QUARTER_MONTHS = (1, 4, 7, 10)


class OptionsError(ValueError):
    """An option is out of its range; the message names it, its value and the range."""


@dataclass(frozen=True)
class Rates:
    """Shares between 0 and 1. The comment says of what each one is a share.

    All of them together being 0 gives a company without planted behaviour: see `Rates.none`.
    """

    padding: float = 0.05  # all opportunities
    pass_through: float = 0.10  # opportunities that an SDR sourced
    quarter_parking: float = 0.04  # all opportunities
    stage_inflation: float = 0.03  # all opportunities
    stale_close_date: float = 0.15  # opportunities open at the end
    relabeled: float = 0.05  # opportunities whose true source isn't marketing
    corrected: float = 0.06  # opportunities whose true source is marketing: an innocent twin of relabeled
    first_fill: float = 0.06  # opportunities created without a source that is filled later: innocent
    migrated: float = 0.10  # all opportunities, moved to a new label in bulk by operations: innocent
    mislabeled: float = 0.01  # opportunities called marketing from the start although they aren't
    missing_next_step: float = 0.08  # all opportunities: empty at stage entry
    missing_amount: float = 0.025  # all opportunities: empty at stage entry
    filled_later: float = 0.5  # of the missing ones
    deleted: float = 0.015  # opportunities that weren't won: duplicates and test records

    @classmethod
    def none(cls) -> Rates:
        """Rates of a company in which nothing of this happens."""
        return cls(**{item.name: 0.0 for item in fields(cls)})

    def with_changes(self, changes: dict[str, float]) -> Rates:
        """The same rates with some replaced. Raises OptionsError on an unknown name."""
        known = [item.name for item in fields(self)]
        for name in changes:
            if name not in known:
                raise OptionsError(f"rate {name!r} doesn't exist. Known rates: {', '.join(known)}.")
        return replace(self, **changes)


@dataclass(frozen=True)
class Options:
    """One request to the simulator. Equal options give equal bytes.

    `opportunities` is exact. `start` is the first day of a calendar quarter; history covers `quarters` from there.
    `dirt` is the share of unusable extra rows per object. `layout` is `bulk` (one extract at the end, and one more per
    day for the last `daily_days` days) or `daily` (one at the start, then one per day). No extract covers the last
    `withheld_days` days, so that the extracts can end within a quarter; truth covers them. `field_history` false leaves
    OpportunityFieldHistory and LeadHistory out, as in an org that doesn't track fields.
    """

    opportunities: int = 600
    quarters: int = 6
    seed: int = 196
    start: date = date(2024, 10, 1)
    rates: Rates = field(default_factory=Rates)
    dirt: float = 0.001
    layout: Layout = "bulk"
    daily_days: int = 0
    withheld_days: int = 0
    field_history: bool = True

    def __post_init__(self) -> None:
        _within("opportunities", self.opportunities, 1, 5_000_000)
        _within("quarters", self.quarters, 1, 80)
        _within("seed", self.seed, 0, 2**63 - 1)
        _within("dirt", self.dirt, 0, 1)
        for item in fields(self.rates):
            _within(f"rate {item.name}", getattr(self.rates, item.name), 0, 1)
        if self.start.day != 1 or self.start.month not in QUARTER_MONTHS:
            raise OptionsError(f"start={self.start} isn't the first day of a calendar quarter, such as 2024-10-01.")
        if self.layout not in ("bulk", "daily"):
            raise OptionsError(f"layout={self.layout!r} isn't bulk or daily.")
        days = (self.quarter_starts[-1] - self.start).days
        _within("withheld_days", self.withheld_days, 0, days - 1)
        _within("daily_days", self.daily_days, 0, days - self.withheld_days)

    @property
    def quarter_starts(self) -> list[date]:
        """First day of each quarter, and one more: the day after the last."""
        months = [self.start.year * 12 + self.start.month - 1 + 3 * number for number in range(self.quarters + 1)]
        return [date(month // 12, month % 12 + 1, 1) for month in months]


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise OptionsError(f"{name}={value} isn't between {least} and {most}.")
