"""What the sample company is asked to be: sizes, dates, rates and the layout of its extracts.

Only the request and its validation belong here. What the numbers do is in the modules that read them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Literal, get_args

Layout = Literal["bulk", "daily"]
Format = Literal["mixed", "csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"]

SECONDS_PER_DAY = 86_400
QUARTER_MONTHS = (1, 4, 7, 10)
SYSTEMS = ("salesforce", "hubspot", "marketo", "generic")
CRMS = ("salesforce", "hubspot")


class OptionsError(ValueError):
    """An option is out of its range; the message names it, its value and the range."""


@dataclass(frozen=True)
class Rates:
    """Shares between 0 and 1. The comment says of what each one is a share.

    Patterns and look-alikes are as many as asked in histories of a year and more; shorter ones have fewer of those that
    need longer. All of them together being 0 gives a company without planted behaviour: see `Rates.none`.
    """

    padding: float = 0.05  # all opportunities
    pass_through: float = 0.10  # opportunities that an SDR sourced
    quarter_parking: float = 0.04  # all opportunities
    stage_inflation: float = 0.03  # all opportunities
    stale_close_date: float = 0.15  # opportunities open at the end
    inflated_amount: float = 0.02  # all opportunities
    early_loss: float = 0.03  # all opportunities, lost below the bar after real conversation: innocent
    fast_rejection: float = 0.04  # opportunities that an SDR sourced, sent back or lost within days: innocent
    price_loss: float = 0.04  # opportunities that an SDR sourced, lost on price after meetings: innocent
    honest_slip: float = 0.03  # all opportunities, pushed past a quarter's end and won: innocent
    honest_regression: float = 0.02  # all opportunities, a step forward undone beside conversation: innocent
    negotiated_cut: float = 0.02  # all opportunities, a raise taken back beside conversation: innocent
    meeting_booked: float = 0.08  # opportunities open at the end, quiet until a meeting to come: innocent
    relabeled: float = 0.05  # opportunities whose true source isn't marketing
    corrected: float = 0.06  # opportunities whose true source is marketing: an innocent twin of relabeled
    first_fill: float = 0.06  # opportunities created without a source that is filled later: innocent
    migrated: float = 0.10  # all opportunities, moved to a new label in bulk by operations: innocent
    mislabeled: float = 0.01  # opportunities called marketing from the start although they aren't
    relabeled_by_campaign: float = 0.18  # of the relabeled ones: a partner's campaign swapped for one of marketing's
    relabeled_on_lead: float = 0.2  # of the relabeled ones: on the lead, before it converts
    relabeled_near_quarter_end: float = 0.5  # of the relabeled and corrected ones: moved within two weeks of one
    scanned: float = 0.25  # of the corrected ones: after badge scans that were uploaded late
    missing_next_step: float = 0.08  # all opportunities: empty at stage entry
    missing_amount: float = 0.025  # all opportunities: empty at stage entry
    filled_later: float = 0.5  # of the missing ones
    filled_in_grace: float = (
        0.03  # all opportunities, per field: empty at stage entry, filled within the hour: innocent
    )
    deleted: float = 0.015  # opportunities that weren't won: duplicates and test records
    bot_clicks: float = 0.08  # mailings delivered: a security scanner clicks every link within seconds
    merged_accounts: float = 0.015  # accounts entered twice by mistake, merged later
    merged_leads: float = 0.02  # leads entered twice by mistake, merged later
    merged_deals: float = 0.004  # honest opportunities that weren't won: entered twice in HubSpot, merged later
    purged_leads: float = 0.01  # people without an opportunity, erased from marketing automation after a while

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
    OpportunityFieldHistory and LeadHistory out, as in an org that doesn't track fields, and HubSpot's histories of
    properties. `systems` are the sources to write: one CRM (salesforce or hubspot) or generic alone, which then holds
    everything; with a CRM generic holds what the other systems don't. Marketo may come on top of either.

    Habits of exports, none of which changes what is true at the end: `format` is one suffix for all objects, or `mixed`
    by object. `resent` is the share of files, but for those of the last extract, sent once more under a later extract
    time. Each extract also holds what changed in the `overlap_days` days before it. `late` is the share of versions
    that arrive some days after their extract, at times behind a newer one. With `hard_deletes`, every extract of
    opportunities holds all that live, and deleted ones are missing. With `custom_columns`, opportunities have two more
    columns from the middle of the history on. With `shuffled`, rows come in random order.
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
    format: Format = "mixed"
    resent: float = 0.0
    overlap_days: int = 0
    late: float = 0.0
    hard_deletes: bool = False
    custom_columns: bool = False
    shuffled: bool = False
    field_history: bool = True
    systems: tuple[str, ...] = ("salesforce", "generic")

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
        if self.format not in get_args(Format):
            raise OptionsError(f"format={self.format!r} isn't one of {', '.join(get_args(Format))}.")
        _check_systems(self.systems)
        _within("resent", self.resent, 0, 1)
        _within("late", self.late, 0, 1)
        _within("overlap_days", self.overlap_days, 0, 366)
        days = (self.quarter_starts[-1] - self.start).days
        _within("withheld_days", self.withheld_days, 0, days - 1)
        _within("daily_days", self.daily_days, 0, days - self.withheld_days)

    @property
    def quarter_starts(self) -> list[date]:
        """First day of each quarter, and one more: the day after the last."""
        months = [self.start.year * 12 + self.start.month - 1 + 3 * number for number in range(self.quarters + 1)]
        return [date(month // 12, month % 12 + 1, 1) for month in months]


def _check_systems(systems: tuple[str, ...]) -> None:
    unknown = [name for name in systems if name not in SYSTEMS]
    if unknown:
        raise OptionsError(f"systems={','.join(systems)}: {unknown[0]!r} isn't one of {', '.join(SYSTEMS)}.")
    if len(set(systems)) < len(systems):
        raise OptionsError(f"systems={','.join(systems)} names one of {', '.join(SYSTEMS)} more than once.")
    if len(set(CRMS) & set(systems)) > 1 or not {*CRMS, "generic"} & set(systems):
        raise OptionsError(
            f"systems={','.join(systems)} needs exactly one of {', '.join(CRMS)}, or generic without either of them; "
            "marketo may come on top."
        )


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise OptionsError(f"{name}={value} isn't between {least} and {most}.")
