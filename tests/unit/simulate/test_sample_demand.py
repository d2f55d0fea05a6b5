"""Demand as marketing sees it: campaigns, journeys of people, e-mails, and the scanners that only look like people."""

from __future__ import annotations

import numpy as np
import pytest

from dagster_project.simulate import Options, Rates
from dagster_project.simulate.frames import NULL, Frame, take
from dagster_project.simulate.timeline import DAY
from dagster_project.simulate.vocabulary import CAMPAIGN_TYPES, LINKS, PARTNER_CAMPAIGN, TRADE_SHOW
from dagster_project.simulate.world.build import World, build_world
from dagster_project.simulate.world.demand import HAND_RAISE
from dagster_project.simulate.world.mailings import BOUNCED, CLICKED, DELIVERED, FORM, OPENED, SENT, VISIT

_COUNT = 4_000


@pytest.fixture(scope="module")
def large() -> World:
    return build_world(Options(opportunities=_COUNT, quarters=8))


def _of_kind(world: World, kind: int) -> Frame:
    return take(world.marketing, world.marketing["kind"] == kind)


def _letter(world: World, rows: Frame) -> np.ndarray:
    """One number per person and mailing."""
    return rows["person"] * len(world.mailings["at"]) + rows["mailing"]


def test_every_opportunity_has_ten_touches_and_more(large: World) -> None:
    touched = (len(large.touches["at"]) + len(large.marketing["at"])) / _COUNT
    assert 15 < touched < 28


def test_buying_groups_have_one_to_twelve_people(large: World) -> None:
    sizes = np.bincount(large.people["deal"][large.people["deal"] != NULL])
    assert sizes.min() == 1
    assert 10 <= sizes.max() <= 12
    assert sizes.mean() == pytest.approx(3.7, abs=0.2)


def test_campaigns_cost_about_their_budget_each_quarter(large: World) -> None:
    campaigns = large.campaigns
    quarters = len(campaigns["type"]) // len(CAMPAIGN_TYPES)
    assert quarters == large.timeline.quarters + 3
    assert (np.bincount(campaigns["type"]) == quarters).all()
    assert (np.abs(campaigns["cost"] - campaigns["budget"]) <= campaigns["budget"] // 5).all()
    smaller = build_world(Options(opportunities=400, quarters=8)).campaigns
    assert campaigns["budget"].sum() > 4 * smaller["budget"].sum(), "a larger company spends more"


def test_journeys_loop_stall_vanish_and_come_back(large: World) -> None:
    visits = take(large.marketing, (large.marketing["kind"] == VISIT) & (large.marketing["touch"] == NULL))
    order = np.lexsort((visits["at"], visits["person"]))
    person, at, page = (visits[name][order] for name in ("person", "at", "asset"))
    same = person[1:] == person[:-1]
    people, times = np.unique(person, return_counts=True)
    looped = np.unique(person[1:][same & (page[1:] == page[:-1])])
    returned = np.unique(person[1:][same & (np.diff(at) > 60 * DAY)])
    for share in (len(looped) / len(people), (times == 1).mean(), len(returned) / len(people)):
        assert 0.1 < share < 0.6
    never = large.people["deal"][people] == NULL
    assert 0.2 < never.mean() < 0.8


def test_mails_arrive_and_are_read_at_the_usual_rates(large: World) -> None:
    sent, bounced = _of_kind(large, SENT), _of_kind(large, BOUNCED)
    delivered = _of_kind(large, DELIVERED)
    assert len(sent["at"]) == len(delivered["at"]) + len(bounced["at"])
    assert len(np.unique(_letter(large, sent))) == len(sent["at"])
    assert len(bounced["at"]) / len(sent["at"]) == pytest.approx(0.02, abs=0.007)
    opened = _of_kind(large, OPENED)
    by_hand = take(opened, ~opened["is_bot"])
    assert set(_letter(large, by_hand)) <= set(_letter(large, delivered))
    clicked = _of_kind(large, CLICKED)
    answered = _letter(large, take(clicked, clicked["touch"] != NULL))
    read = ~np.isin(_letter(large, by_hand), answered)
    others = ~np.isin(_letter(large, delivered), answered)
    assert read.sum() / others.sum() == pytest.approx(0.31, abs=0.02)


@pytest.mark.parametrize("rate", [0.02, 0.25])
def test_scanners_click_every_link_within_seconds(rate: float) -> None:
    world = build_world(Options(opportunities=300, rates=Rates(bot_clicks=rate)))
    delivered, clicked = _of_kind(world, DELIVERED), _of_kind(world, CLICKED)
    scanned = take(clicked, clicked["is_bot"])
    letters, links = np.unique(_letter(world, scanned), return_counts=True)
    assert len(letters) == round(rate * len(delivered["at"]))
    assert (links == len(LINKS)).all()
    came = dict(zip(_letter(world, delivered).tolist(), delivered["at"].tolist(), strict=True))
    after = scanned["at"] - np.array([came[letter] for letter in _letter(world, scanned).tolist()])
    assert after.min() > 0
    assert after.max() <= 10


def test_scanners_are_nobodys_touch(large: World) -> None:
    bots = take(large.marketing, large.marketing["is_bot"])
    assert len(bots["at"]) > 100
    assert (bots["touch"] == NULL).all()
    assert set(bots["kind"]) == {OPENED, CLICKED}
    deal = large.people["deal"][bots["person"]]
    own = np.maximum(deal, 0)
    silent = (
        (deal != NULL) & (large.deals["quiet_from"][own] <= bots["at"]) & (bots["at"] < large.deals["quiet_to"][own])
    )
    assert silent.any(), "scanners don't know of silent windows"


def test_people_do_nothing_by_hand_in_silent_windows(large: World) -> None:
    rows = take(
        large.marketing, ~large.marketing["is_bot"] & np.isin(large.marketing["kind"], (VISIT, OPENED, CLICKED))
    )
    deal = large.people["deal"][rows["person"]]
    own = np.maximum(deal, 0)
    silent = (
        (deal != NULL) & (large.deals["quiet_from"][own] <= rows["at"]) & (rows["at"] < large.deals["quiet_to"][own])
    )
    assert not (silent & (rows["touch"] == NULL)).any()


def test_forms_are_the_hand_raises_and_nothing_else(large: World) -> None:
    touches, forms = large.touches, _of_kind(large, FORM)
    raised = np.flatnonzero((touches["level"] == HAND_RAISE) & (touches["kind"] != PARTNER_CAMPAIGN))
    assert sorted(forms["touch"]) == raised.tolist()
    for name in ("person", "at", "campaign"):
        assert (forms[name] == touches[name][forms["touch"]]).all()


def test_badges_are_uploaded_together_days_after_the_fair(large: World) -> None:
    touches = take(large.touches, large.touches["kind"] == TRADE_SHOW)
    late = touches["at"] - large.campaigns["ends_at"][touches["campaign"]]
    assert late.min() > DAY
    assert late.max() <= 14 * DAY
    for campaign in np.unique(touches["campaign"]):
        days = touches["added_at"][touches["campaign"] == campaign] // DAY
        assert len(np.unique(days)) == 1
    assert np.bincount(touches["campaign"]).max() >= 10


def test_without_rates_there_are_no_scanners_merges_or_erasures() -> None:
    world = build_world(Options(opportunities=300, rates=Rates.none()))
    assert not world.marketing["is_bot"].any()
    for frame, column in (
        (world.people, "merged_into"),
        (world.people, "filed_account"),
        (world.people, "purged_at"),
        (world.accounts, "merged_into"),
    ):
        assert (frame[column] == NULL).all()
