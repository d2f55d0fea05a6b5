"""Buying groups and leads: how many people there are, when they are recorded, and who looks after them."""

from __future__ import annotations

import numpy as np
import pytest

from dagster_project.simulate import Options, build_tables
from dagster_project.simulate.frames import NULL, Flags, Ints
from dagster_project.simulate.records.salesforce_people import build_ids
from dagster_project.simulate.timeline import DAY, HOUR
from dagster_project.simulate.truth.opportunities import opportunity_truth
from dagster_project.simulate.vocabulary import MARKETING, PRODUCT_LED, TRADE_SHOW
from dagster_project.simulate.world.build import World, build_world
from dagster_project.simulate.world.company import QUARTER
from dagster_project.simulate.world.demand import HAND_RAISE, INTEREST
from dagster_project.simulate.world.gaps import FILLED, LATE, NEVER
from dagster_project.simulate.world.patterns import FAR_ABOVE


@pytest.fixture(scope="module")
def large() -> World:
    """Two years, so that one can be compared with the other."""
    return build_world(Options(opportunities=8_000, quarters=8))


def _loose(world: World) -> Flags:
    people = world.people
    return people["is_lead"] & (people["deal"] == NULL) & (people["merged_into"] == NULL)


def test_larger_opportunities_and_won_ones_have_more_people(large: World) -> None:
    deals, people = large.deals, large.people
    sizes = np.bincount(people["deal"][people["deal"] != NULL], minlength=len(deals["created"]))
    usd = large.company.to_usd(deals["amount"], deals["currency"], deals["created"])
    for segment, mean in ((0, 5.0), (1, 2.5)):
        own = deals["segment"] == segment
        assert sizes[own].mean() == pytest.approx(mean, abs=0.25)
        low, high = np.quantile(usd[own], [1 / 3, 2 / 3])
        assert sizes[own & (usd > high)].mean() > 1.2 * sizes[own & (usd < low)].mean()
        assert sizes[own & deals["won"]].mean() > 1.1 * sizes[own & ~deals["won"]].mean()
    assert (sizes.min(), sizes.max()) == (1, 12)


def test_most_people_join_during_the_opportunity(large: World) -> None:
    people = large.people
    others = np.flatnonzero((people["deal"] != NULL) & ~people["is_primary"])
    deal = people["deal"][others]
    after = people["known_at"][others] - large.deals["created"][deal]
    assert 0.15 < (after < 0).mean() < 0.4
    assert (after < -60 * DAY).mean() > 0.1, "some are known to marketing for months"
    last = np.maximum(large.deals["life_end"], large.deals["created"] + HOUR)[deal]
    assert (people["known_at"][others] <= last).all()


def test_most_inbound_leads_convert_within_two_weeks(large: World) -> None:
    people, function = large.people, large.deals["function"]
    came = np.flatnonzero(people["is_primary"] & (people["converted_at"] != NULL))
    came = came[np.isin(function[people["deal"][came]], (MARKETING, PRODUCT_LED))]
    age = people["converted_at"][came] - people["known_at"][came]
    assert 0.6 < (age <= 14 * DAY).mean() < 0.95
    assert np.median(age) < 12 * DAY


def test_nobody_is_in_a_campaign_before_being_known_but_by_raising_a_hand(large: World) -> None:
    people, touches = large.people, large.touches
    assert (people["known_at"][touches["person"]] < touches["added_at"]).mean() > 0.95
    created = large.deals["created"][np.maximum(people["deal"][touches["person"]], 0)]
    early = (people["deal"][touches["person"]] != NULL) & (touches["at"] < created)
    journeys = np.unique(people["deal"][touches["person"]][early & (touches["level"] >= INTEREST)])
    assert 0.5 < len(journeys) / len(large.deals["created"]) < 0.9
    asked = early & (touches["level"] == HAND_RAISE)
    assert (created - touches["at"])[asked].max() < 25 * DAY


def test_leads_come_in_working_weeks_in_season_and_more_as_the_company_grows(large: World) -> None:
    known = large.people["known_at"][_loose(large)]
    weekend = (known // DAY + 3) % 7 >= 5
    assert 0.01 < weekend.mean() < 0.12
    night = (known % DAY < 8 * HOUR) | (known % DAY >= 18 * HOUR)
    assert 0.03 < night.mean() < 0.3
    year = np.bincount(large.timeline.quarter_of(np.maximum(known, large.timeline.start)) // 4)
    assert 1.08 < year[1] / year[0] < 1.35
    month = known.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
    summer, autumn = (np.isin(month, months).sum() for months in ((6, 7), (8, 9)))
    assert summer < 0.9 * autumn


def test_leads_belong_to_somebody_who_is_there(large: World) -> None:
    world, ids = large, build_ids(large)
    (table,) = (table for table in build_tables(world, ids) if (table.source, table.name) == ("salesforce", "Lead"))
    loose = np.isin(table.columns["Id"].values, ids.lead[_loose(world)])
    order = np.argsort(ids.user)
    owner = order[np.searchsorted(ids.user[order], table.columns["OwnerId"].values)][loose]
    at, users = table.modified[loose], world.company.users
    assert (users["started"][owner] <= at).all()
    assert ((users["ended"][owner] == NULL) | (at <= users["ended"][owner])).all()
    inherited = world.people["inherited_at"][_loose(world)] != NULL
    assert 0.03 < inherited.mean() < 0.4


def test_scanned_badges_are_of_the_fair_before_creation_and_known_after_it(large: World) -> None:
    touches, deals = large.touches, large.deals
    scanned = np.flatnonzero(deals["scanned"])
    assert len(scanned) > 10
    visits = np.flatnonzero((touches["kind"] == TRADE_SHOW) & (touches["level"] == INTEREST))
    found: dict[int, list[int]] = {}
    for row in visits:
        found.setdefault(int(touches["person"][row]), []).append(int(row))
    for deal in scanned:
        created = deals["created"][deal]
        rows = np.array(found[int(large.primary[deal])])
        starts = large.campaigns["starts_at"][touches["campaign"][rows]]
        assert ((starts < created) & (created < touches["added_at"][rows])).any()
        assert (touches["added_at"][rows] - created < 14 * DAY).any()


@pytest.mark.parametrize("quarters", [1, 6])
def test_nobody_has_two_quotas_for_one_quarter(quarters: int) -> None:
    quotas = build_world(Options(opportunities=300, quarters=quarters)).company.quotas
    quarterly = quotas["period"] == QUARTER
    pairs = np.stack([quotas["user"][quarterly], quotas["starts_at"][quarterly]])
    assert len(np.unique(pairs, axis=1).T) == quarterly.sum()


def test_the_truth_tells_gaps_and_the_excess_of_raised_amounts(company: World) -> None:
    deals = company.deals
    truth = opportunity_truth(company, build_ids(company))

    def text(name: str) -> np.ndarray:
        return truth[name].as_text()

    for field in ("amount", "next_step"):
        gap = deals[f"{field}_gap"]
        assert set(text(f"{field}_gap")) == {"", "never", "late", "grace"}
        assert np.array_equal(text(f"{field}_gap") == "late", gap == LATE)
        filled = text(f"{field}_filled_at") != ""
        assert np.array_equal(filled, (gap != FILLED) & (gap != NEVER))
        assert np.array_equal(truth[f"{field}_filled_at"].values[filled], deals[f"{field}_filled_at"][filled])
    far = deals["pattern_way"] == FAR_ABOVE
    excess = company.company.to_usd(_excess(company), deals["currency"], deals["created"])
    assert (np.abs(truth["affected_amount"].values - excess)[far] <= 1).all()


def _excess(world: World) -> Ints:
    """What amounts were raised by, in cents of their currency."""
    deals = world.deals
    return np.where(deals["raised_at"] == NULL, 0, deals["raised_to"] - deals["amount"])
