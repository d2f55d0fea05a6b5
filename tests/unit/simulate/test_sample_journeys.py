"""How long opportunities take: stages, stalls and comebacks, by amount, source and outcome; and when staff work."""

from __future__ import annotations

import numpy as np
import pytest

from dagster_project.simulate import Options
from dagster_project.simulate.frames import NULL, Flags, Floats, Ints
from dagster_project.simulate.timeline import DAY, WORKDAY, last_workday, working_instant, working_seconds
from dagster_project.simulate.vocabulary import (
    ACCEPTED,
    LOST,
    NEGOTIATION,
    OUTBOUND_AE,
    PARTNER,
    PRODUCT_LED,
    PROPOSAL,
    WON,
)
from dagster_project.simulate.world.build import World, build_world
from dagster_project.simulate.world.changes import CLOSE_DATE, STAGE
from dagster_project.simulate.world.patterns import is_free

_HOLIDAYS = ("12-25", "12-26", "01-01")


@pytest.fixture(scope="module")
def large() -> World:
    return build_world(Options(opportunities=12_000, quarters=10))


def _visits(world: World) -> tuple[Ints, Ints, Ints, Floats]:
    """Opportunity, stage, next stage and days of each visit that ended, of what nobody meddled with."""
    deal, stage, at = (world.events[name] for name in ("deal", "stage", "at"))
    ended = (deal[1:] == deal[:-1]) & is_free(world.deals)[deal[:-1]]
    return deal[:-1][ended], stage[:-1][ended], stage[1:][ended], np.diff(at)[ended] / DAY


def _cycles(world: World) -> tuple[Flags, Floats]:
    """Which opportunities were won, and days from creation to the end."""
    deals = world.deals
    return deals["won"] & (deals["closed_at"] != NULL), (deals["closed_at"] - deals["created"]) / DAY


def _days(at: Ints) -> set[str]:
    """Days of the year, as `12-25`."""
    return {str(day)[5:] for day in np.unique(at // DAY).astype("datetime64[D]")}


def test_some_stages_take_many_times_as_long_as_most(large: World) -> None:
    _, stage, _, days = _visits(large)
    for number in range(NEGOTIATION + 1):
        own = days[stage == number]
        assert np.quantile(own, 0.99) > 6 * np.median(own)
        assert 5 < np.median(own) < 40
    assert 0.02 < (days[stage <= NEGOTIATION] > 90).mean() < 0.12


def test_nearly_nothing_happens_in_a_stall(large: World) -> None:
    deals, activities = large.deals, large.activities
    begin, end = deals["stalled_from"], deals["stalled_to"]
    stalls = (end - begin > 30 * DAY) & is_free(deals)
    assert 0.1 < stalls.mean() < 0.35
    own = activities["deal"] != NULL
    deal, at = activities["deal"][own], activities["at"][own]
    inside = ((begin[deal] <= at) & (at < end[deal]) & stalls[deal]).sum() / (end - begin)[stalls].sum()
    life = deals["life_end"] - deals["created"]
    outside = (~stalls[deal]).sum() / life[~stalls].sum()
    assert inside < 0.25 * outside


def test_some_losses_come_back_after_months_and_nothing_happens_until_then(large: World) -> None:
    deals, changes = large.deals, large.changes
    _, stage, following, days = _visits(large)
    reopened = days[(stage == LOST) & (following != LOST)]
    assert len(reopened) > 50
    assert 0.25 < (reopened > 60).mean() < 0.65
    assert reopened.max() > 150
    begin, end = (deals[name][changes["deal"]] for name in ("gone_from", "gone_to"))
    meanwhile = (begin < changes["at"]) & (changes["at"] < end)
    assert not (meanwhile & np.isin(changes["field"], (STAGE, CLOSE_DATE))).any()
    closed = deals["closed_at"] != NULL
    last = np.append(large.events["deal"][1:] != large.events["deal"][:-1], True)
    assert np.array_equal(deals["won"] & closed, large.events["stage"][last] == WON)


def test_cycles_have_a_long_tail_and_follow_amount_and_source(large: World) -> None:
    deals = large.deals
    won, cycle = _cycles(large)
    usd = large.company.to_usd(deals["amount"], deals["currency"], deals["created"])
    for segment in (0, 1):
        own = won & (deals["segment"] == segment)
        assert np.corrcoef(np.log(usd[own]), np.log(cycle[own]))[0, 1] > 0.15
        assert np.quantile(cycle[own], 0.95) > 2 * np.median(cycle[own])
    assert 110 < np.median(cycle[won & (deals["segment"] == 0)]) < 180
    assert 75 < np.median(cycle[won & (deals["segment"] == 1)]) < 120
    assert cycle[won].max() > 400
    typical = [np.median(cycle[won & (deals["function"] == source)]) for source in (PRODUCT_LED, PARTNER, OUTBOUND_AE)]
    assert typical[0] < 0.75 * typical[2]
    assert typical[1] < 0.95 * typical[2]


def test_lost_opportunities_linger_in_their_last_stage(large: World) -> None:
    _, stage, following, days = _visits(large)
    for number in (PROPOSAL, NEGOTIATION):
        won, lost = (np.median(days[(stage == number) & (following == end)]) for end in (WON, LOST))
        assert lost > 1.15 * won


def test_losses_are_written_off_at_quarter_ends(large: World) -> None:
    deals = large.deals
    lost_at = deals["closed_at"][(deals["closed_at"] != NULL) & ~deals["won"] & is_free(deals)]
    last_weeks = large.timeline.next_quarter_start(lost_at) - lost_at <= 14 * DAY
    # Two weeks of thirteen are 0.15.
    assert 0.2 < last_weeks.mean() < 0.4


def test_nobody_works_on_holidays(large: World) -> None:
    for at in (large.events["at"], large.deals["created"], large.activities["at"]):
        assert not _days(at) & set(_HOLIDAYS)
        assert "12-23" in _days(at)


def test_working_time_counts_neither_nights_nor_days_off() -> None:
    hours = np.arange(np.datetime64("2024-12-01", "h"), np.datetime64("2027-02-01", "h"))
    at = hours.astype("datetime64[s]").astype(np.int64) + 1_234
    passed = working_seconds(at)
    assert (np.diff(passed) >= 0).all()
    assert np.array_equal(working_seconds(working_instant(passed)), passed)
    reached = working_instant(passed)
    assert not _days(reached) & set(_HOLIDAYS)
    # Wednesday evening before the holidays of 2025 to Monday morning after them.
    around = np.array(["2025-12-24T18:00", "2025-12-29T08:00"], "datetime64[s]").astype(np.int64)
    assert np.ptp(working_seconds(around)) == 0
    # Working days from 2025-12-01 to 2026-02-01: 45 from Monday to Friday without three.
    edges = np.array(["2025-12-01", "2026-02-01"], "datetime64[s]").astype(np.int64)
    assert np.ptp(working_seconds(edges)) == 42 * WORKDAY
    days = np.array(["2025-12-28", "2025-12-24", "2026-01-01"], "datetime64[D]").astype(np.int64)
    assert last_workday(days).astype("datetime64[D]").astype(str).tolist() == ["2025-12-24", "2025-12-24", "2025-12-31"]


def test_the_bar_is_cleared_by_those_who_stall_below_it_too(large: World) -> None:
    deals = large.deals
    stalled = (deals["stalled_to"] - deals["stalled_from"] > 30 * DAY) & is_free(deals)
    below = stalled & (deals["stalled_to"] < deals["bar_at"])
    assert below.sum() > 50
    assert (deals["reach"][below] >= ACCEPTED).all()
