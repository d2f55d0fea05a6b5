"""Required fields that are empty when an opportunity clears the bar: never filled, filled late, or within the hour."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, full, sample, stream, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import HOUR, WORKDAY, working_instant, working_seconds
from dagster_project.simulate.world.patterns import is_free
from dagster_project.simulate.world.pressure import Pressure, weighted

GAPS = ("", "never", "late", "grace")
FILLED, NEVER, LATE, GRACE = range(4)


def plan_gaps(options: Options, pressure: Pressure, deals: Frame) -> Frame:
    """Add `amount_gap`, `next_step_gap` (one of the gaps) and `amount_filled_at`, `next_step_filled_at`.

    The instant is that of creation where there is no gap, NULL where the field is never filled. Gaps within the hour's
    grace are innocent. Amounts stay empty only where nothing else is planted, and never where the opportunity is won.
    """
    rng = stream(options.seed, "gaps")
    for name, rate, fits, may_stay in (
        ("amount", options.rates.missing_amount, is_free(deals), ~deals["won"]),
        ("next_step", options.rates.missing_next_step, np.ones(len(deals["created"]), dtype=np.bool_), True),
    ):
        gap, filled_at = _gaps(rng, options, pressure, deals, rate, fits, may_stay)
        deals = deals | {f"{name}_gap": gap, f"{name}_filled_at": filled_at}
    return deals


def _gaps(
    rng: np.random.Generator,
    options: Options,
    pressure: Pressure,
    deals: Frame,
    rate: float,
    fits: Flags,
    may_stay: Flags | bool,
) -> tuple[Ints, Ints]:
    count, bar_at = len(deals["created"]), deals["bar_at"]
    cleared = fits & (bar_at != NULL)
    entered = np.where(cleared, bar_at, deals["created"])
    worked = working_seconds(entered)
    ahead = working_seconds(deals["life_end"]) - worked
    missing = weighted(rng, cleared & (ahead > WORKDAY), pressure.lean(deals), round(rate * count))
    late = sample(rng, missing, round(options.rates.filled_later * missing.sum())) | (missing & ~may_stay)
    brief = sample(rng, cleared & ~missing & (ahead > WORKDAY), round(options.rates.filled_in_grace * count))
    after = 2 * HOUR + whole(rng.random(count) * (np.minimum(ahead, 12 * WORKDAY) - 3 * HOUR))
    filled_at = np.where(late, working_instant(worked + after), deals["created"])
    filled_at = np.where(brief, entered + 60 * rng.integers(5, 50, count), filled_at)
    filled_at = np.where(missing & ~late, NULL, filled_at)
    gap = np.where(brief, GRACE, np.where(late, LATE, np.where(missing, NEVER, full(count, FILLED))))
    return gap, filled_at
