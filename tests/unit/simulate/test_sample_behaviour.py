"""What is planted is there as METRICS.md section 4 describes it, and innocent twins are innocent.

Two-way activity is an answer, a connected call or a held meeting; checkpoints are ends of quarters.
"""

from __future__ import annotations

import csv

import numpy as np
import pytest

from dagster_project.lib.settings import PROJECT_ROOT
from dagster_project.simulate.frames import NULL, Ints
from dagster_project.simulate.timeline import DAY, HOUR
from dagster_project.simulate.vocabulary import (
    ACCEPTED,
    CAMPAIGN_TYPES,
    DISCOVERY,
    LOSS_REASONS,
    LOST,
    MARKETING,
    PARTNER_CAMPAIGN,
    PRODUCT_LED,
    SOURCES,
    WON,
)
from dagster_project.simulate.world import edits
from dagster_project.simulate.world.activities import CALL, DONE, EMAIL_IN, MEETING
from dagster_project.simulate.world.build import World
from dagster_project.simulate.world.company import SDR
from dagster_project.simulate.world.deals import INFLATION, PADDING, PARKING, PASS_THROUGH, STALE
from dagster_project.simulate.world.demand import HAND_RAISE
from dagster_project.simulate.world.edits import value_at
from dagster_project.simulate.world.labels import (
    BY_CAMPAIGN,
    BY_SOURCE,
    CORRECTED,
    FIRST_FILL,
    MIGRATED,
    ON_LEAD,
    RELABELED,
)

_FUNCTIONS = {
    row["claimed_source"]: row["sourcing_function"]
    for row in csv.DictReader((PROJECT_ROOT / "seeds" / "source_taxonomy.csv").read_text().splitlines())
}


def _deals_with(world: World, pattern: int) -> Ints:
    found = np.flatnonzero(world.deals["pattern"] == pattern)
    assert len(found) >= 10
    return found


def _answers(world: World, deal: int | np.intp) -> Ints:
    """Instants at which somebody of the opportunity's people answered, spoke, met or raised a hand."""
    activities, people, touches = world.activities, world.people, world.touches
    account = world.deals["account"][deal]
    two_way = (activities["kind"] == EMAIL_IN) | (activities["kind"] == CALL) | (activities["kind"] == MEETING)
    two_way &= activities["result"] == DONE
    ours = people["account"][activities["person"]] == account
    raised = (touches["level"] == HAND_RAISE) & (people["account"][touches["person"]] == account)
    return np.sort(np.concatenate([activities["at"][two_way & ours], touches["at"][raised]]))


def _between(instants: Ints, begin: int, end: int) -> int:
    return int(((instants >= begin) & (instants < end)).sum())


def _entries(world: World, deal: int) -> tuple[Ints, Ints]:
    rows = world.events["deal"] == deal
    return world.events["stage"][rows], world.events["at"][rows]


def _changes(world: World, deal: int | np.intp, field: int) -> tuple[Ints, Ints]:
    rows = (world.changes["deal"] == deal) & (world.changes["field"] == field)
    return world.changes["value"][rows], world.changes["at"][rows]


def test_padding_stays_below_the_bar_and_silent(world: World) -> None:
    ways = set()
    for deal in _deals_with(world, PADDING):
        created, end = int(world.deals["created"][deal]), int(world.deals["life_end"][deal])
        stages, _ = _entries(world, deal)
        assert stages[0] == DISCOVERY
        assert not ((stages >= ACCEPTED) & (stages <= WON)).any()
        assert _between(_answers(world, deal), created - 30 * DAY, end) == 0
        if end < world.timeline.end:
            assert end - created >= 21 * DAY
        ways.add("lost" if stages[-1] == LOST else "deleted" if world.deals["deleted_at"][deal] != NULL else "open")
    assert {"lost", "deleted"} <= ways


def test_pass_through_clears_the_bar_fast_and_dies(world: World) -> None:
    for deal in _deals_with(world, PASS_THROUGH):
        created, end = int(world.deals["created"][deal]), int(world.deals["life_end"][deal])
        assert world.company.users["role"][world.deals["creator"][deal]] == SDR
        stages, at = _entries(world, deal)
        bar = int(world.deals["bar_at"][deal])
        if bar == NULL:
            assert world.timeline.end - created < 7 * DAY
            continue
        assert bar - created < 5 * DAY
        assert _between(_answers(world, deal), bar, end) == 0
        assert stages[at > bar].tolist() in ([], [LOST])
        reason = value_at(world.changes, edits.LOSS_REASON, np.array([deal]), np.array([end]))[0]
        assert reason == NULL or LOSS_REASONS[reason] == "Not a Real Project"


def test_parked_dates_come_and_go_around_a_quarter_end(world: World) -> None:
    for deal in _deals_with(world, PARKING):
        days, at = _changes(world, deal, edits.CLOSE_DATE)
        moved = int(np.flatnonzero(at == world.deals["parked_at"][deal])[0])
        quarter_end = int(world.timeline.next_quarter_start(at[moved : moved + 1])[0])
        following = int(world.timeline.next_quarter_start(np.array([quarter_end]))[0])
        assert quarter_end - 21 * DAY <= at[moved] < quarter_end
        assert quarter_end <= days[moved] * DAY < following
        assert at[moved + 1] > quarter_end
        assert days[moved + 1] * DAY >= following
        assert _between(_answers(world, deal), at[moved] - 14 * DAY, at[moved + 1]) == 0
        assert not world.deals["won"][deal]


def test_inflated_stages_do_not_last(world: World) -> None:
    ends = set()
    for deal in _deals_with(world, INFLATION):
        stages, at = _entries(world, deal)
        step = int(np.flatnonzero(at == world.deals["inflated_at"][deal])[0])
        checkpoint = int(world.timeline.next_quarter_start(at[step : step + 1])[0])
        assert stages[step] > stages[step - 1]
        assert checkpoint - at[step] <= 10 * DAY
        assert _between(_answers(world, deal), int(at[step]) - 7 * DAY, int(at[step]) + 7 * DAY) == 0
        assert at[step + 1] - at[step] <= 30 * DAY
        assert stages[step + 1] == LOST or stages[step + 1] < stages[step]
        ends.add("lost" if stages[step + 1] == LOST else "back")
    assert ends == {"lost", "back"}


def test_stale_close_dates_are_past_while_open(world: World) -> None:
    for deal in _deals_with(world, STALE):
        days, _ = _changes(world, deal, edits.CLOSE_DATE)
        assert days[-1] * DAY < world.timeline.end
        assert _entries(world, deal)[0][-1] < WON


def test_relabels_move_a_known_other_source_to_marketing_late(world: World) -> None:
    deals = world.deals
    relabeled = np.flatnonzero(deals["story"] == RELABELED)
    assert set(deals["way"][relabeled]) == {BY_SOURCE, BY_CAMPAIGN, ON_LEAD}
    for deal in relabeled:
        assert deals["function"][deal] not in (MARKETING, PRODUCT_LED)
        way = deals["way"][deal]
        if way == ON_LEAD:
            person = int(world.primary[deal])
            moved = world.lead_relabeled_at[person]
            assert world.people["known_at"][person] + 24 * HOUR < moved < world.people["converted_at"][person]
            assert _FUNCTIONS[SOURCES[deals["true_claim"][deal]]] != "marketing_inbound"
            assert _FUNCTIONS[SOURCES[deals["claim"][deal]]] == "marketing_inbound"
            continue
        values, at = _changes(world, deal, edits.SOURCE if way == BY_SOURCE else edits.CAMPAIGN)
        assert len(values) == 2
        assert at[1] - at[0] > 24 * HOUR
        if way == BY_SOURCE:
            assert _FUNCTIONS[SOURCES[values[0]]] not in ("marketing_inbound", "unknown")
            assert _FUNCTIONS[SOURCES[values[1]]] == "marketing_inbound"
        else:
            kinds = world.campaigns["type"][values]
            assert kinds[0] == PARTNER_CAMPAIGN
            assert CAMPAIGN_TYPES[kinds[1]].name in ("Webinar", "Trade Show", "Content", "Paid Search")


def test_innocent_twins_of_relabeling(world: World) -> None:
    deals = world.deals
    for deal in np.flatnonzero(deals["story"] == CORRECTED):
        values, _ = _changes(world, deal, edits.SOURCE)
        assert deals["function"][deal] == MARKETING
        assert _FUNCTIONS[SOURCES[values[0]]] == "outbound_sdr"
        assert _FUNCTIONS[SOURCES[values[1]]] == "marketing_inbound"
    for deal in np.flatnonzero(deals["story"] == FIRST_FILL):
        values, _ = _changes(world, deal, edits.SOURCE)
        assert values[0] == NULL
        assert values[1] == deals["true_claim"][deal]
    migrated = np.flatnonzero(deals["story"] == MIGRATED)
    assert len(migrated) >= 50
    rows = np.isin(world.changes["deal"], migrated) & (world.changes["field"] == edits.SOURCE)
    rows &= world.changes["at"] > deals["created"][world.changes["deal"]]
    assert rows.sum() == len(migrated)
    assert np.ptp(world.changes["at"][rows]) < HOUR
    assert len(set(world.changes["by"][rows])) == 1


@pytest.mark.parametrize("field", [edits.AMOUNT, edits.NEXT_STEP])
def test_some_required_fields_are_empty_at_the_bar_and_some_filled_later(world: World, field: int) -> None:
    bar = world.deals["bar_at"]
    cleared = np.flatnonzero(bar != NULL)
    at_entry = value_at(world.changes, field, cleared, bar[cleared] + HOUR)
    empty = cleared[at_entry == NULL]
    assert 0.02 < len(empty) / len(cleared) < 0.2
    final = edits.final_values(world.changes, field, len(bar))[empty]
    assert 0 < (final == NULL).sum() < len(empty)
