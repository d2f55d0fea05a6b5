"""Stages moved forward for a checkpoint and back, or lost, soon after; and honest steps that don't last either."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import Flags, Floats, Frame, Ints, concat, instant_key, stream, take
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, Timeline, working_instant, working_seconds
from dagster_project.simulate.vocabulary import LOST, NEGOTIATION, PROSPECTING, QUALIFICATION
from dagster_project.simulate.world.company import Company
from dagster_project.simulate.world.patterns import INFLATION, LOST_AFTER, REGRESSION, WENT_BACK, is_alone
from dagster_project.simulate.world.pressure import Pressure, weighted


def inflate(options: Options, timeline: Timeline, company: Company, deals: Frame, events: Frame) -> tuple[Frame, Frame]:
    """Plant stage inflation and its look-alike: a step forward shortly before a checkpoint, then back or lost in weeks.

    Returns the events with the extra entries, and the deals. Only visits across a checkpoint are eligible that are
    long, or end in a loss soon after, so that nothing else about the opportunity changes; the step never crosses the
    bar. The look-alike differs by the conversation around it, which `conversations` holds.
    """
    rng = stream(options.seed, "stage inflation")
    pressure = Pressure.of(options, timeline, company)
    for column, code, rate in (
        ("pattern", INFLATION, options.rates.stage_inflation),
        ("lookalike", REGRESSION, options.rates.honest_regression),
    ):
        events, deals = _step(rng, options, timeline, pressure, deals, events, column, code, rate)
    return events, deals


def _step(
    rng: np.random.Generator,
    options: Options,
    timeline: Timeline,
    pressure: Pressure,
    deals: Frame,
    events: Frame,
    column: str,
    code: int,
    rate: float,
) -> tuple[Frame, Frame]:
    deal, stage, at = events["deal"], events["stage"], events["at"]
    final = np.append(deal[1:] != deal[:-1], True)
    left = np.where(final, timeline.end, np.minimum(np.append(at[1:], timeline.end), timeline.end))
    checkpoint = pressure.next_checkpoint(np.maximum(at + 12 * DAY, deals["created"][deal] + 19 * DAY))
    goes_back = (checkpoint + 25 * DAY < left) & (checkpoint < timeline.end)
    is_lost = (np.append(stage[1:], LOST) == LOST) & np.append(final[1:], False)
    is_lost &= (checkpoint < left) & (left < checkpoint + 20 * DAY) & (left < timeline.end)
    fits = (goes_back | is_lost) & (checkpoint > at + 11 * DAY)
    fits &= (stage != PROSPECTING) & (stage != QUALIFICATION) & (stage < NEGOTIATION)
    fits &= (is_alone(deals) & ~deals["won"])[deal]
    chosen = _visits(rng, deal, fits, pressure.lean(deals), round(rate * options.opportunities))
    forward = pressure.before(rng, timeline, checkpoint[chosen])
    back = working_instant(working_seconds(forward + (10 + rng.integers(0, 14, len(chosen))) * DAY))
    extra: Frame = {"deal": deal[chosen], "stage": stage[chosen] + 1, "at": forward}
    undone: Frame = {"deal": deal[chosen], "stage": stage[chosen], "at": back}
    events = concat([events, extra, take(undone, goes_back[chosen])])
    events = take(events, np.argsort(instant_key(events["deal"], events["at"]), kind="stable"))
    marked, way, stepped_at = deals[column].copy(), deals["pattern_way"].copy(), deals["pattern_at"].copy()
    marked[deal[chosen]] = code
    way[deal[chosen]] = np.where(goes_back[chosen], WENT_BACK, LOST_AFTER)
    stepped_at[deal[chosen]] = forward
    return events, deals | {column: marked, "pattern_way": way, "pattern_at": stepped_at}


def _visits(rng: np.random.Generator, deal: Ints, fits: Flags, weight: Floats, count: int) -> Ints:
    """One fitting visit of each of `count` opportunities, drawn by the opportunity's weight."""
    visits = np.flatnonzero(fits)
    visits = visits[np.unique(deal[visits], return_index=True)[1]]
    chosen = weighted(rng, np.ones(len(visits), dtype=np.bool_), weight[deal[visits]], count)
    return visits[chosen]
