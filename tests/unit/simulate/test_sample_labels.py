"""Label stories have the asked shares and are what METRICS.md section 4 calls them; innocent ones only look like it."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from dagster_project.lib.settings import PROJECT_ROOT
from dagster_project.simulate import Options, Rates
from dagster_project.simulate.frames import NULL, Flags, Ints, full
from dagster_project.simulate.timeline import DAY, HOUR
from dagster_project.simulate.vocabulary import (
    MARKETING,
    OUTBOUND_SDR,
    PARTNER,
    PARTNER_CAMPAIGN,
    PRODUCT_LED,
    SOURCE_NUMBER,
    SOURCES,
    TRADE_SHOW,
)
from dagster_project.simulate.world import build, edits
from dagster_project.simulate.world.build import World, build_world, build_worlds
from dagster_project.simulate.world.company import OPS
from dagster_project.simulate.world.demand import HAND_RAISE
from dagster_project.simulate.world.edits import value_at
from dagster_project.simulate.world.labels import (
    AROUND_QUARTER_END,
    BY_CAMPAIGN,
    BY_SOURCE,
    CORRECTED,
    FIRST_FILL,
    MIGRATED,
    MIGRATION_LEAST,
    MISLABELED,
    ON_LEAD,
    RELABELED,
)

_FUNCTIONS = {
    row["claimed_source"]: row["sourcing_function"]
    for row in csv.DictReader((PROJECT_ROOT / "seeds" / "source_taxonomy.csv").read_text().splitlines())
}
_MARKETING_CLAIMS = [
    number for number, name in enumerate(SOURCES) if _FUNCTIONS[name] in ("marketing_inbound", "product_led")
]
_EVIDENCE_TIME = 90 * DAY


@pytest.fixture(scope="module")
def large() -> World:
    return build_world(Options(opportunities=20_000, quarters=8))


def _claims_marketing(claim: Ints) -> Flags:
    return np.isin(claim, _MARKETING_CLAIMS)


def _has_hand_raise(world: World) -> Flags:
    """Whether somebody of an opportunity's account raised a hand for marketing in the 90 days before creation."""
    touches, deals = world.touches, world.deals
    raised = (touches["level"] == HAND_RAISE) & (world.campaigns["type"][touches["campaign"]] != PARTNER_CAMPAIGN)
    account, at = world.people["account"][touches["person"][raised]], touches["at"][raised]
    known = account != NULL
    order = np.lexsort((at[known], account[known]))
    key = (account[known][order] << 34) + at[known][order]
    ahead = np.searchsorted(key, (deals["account"] << 34) + deals["created"])
    before = np.searchsorted(key, (deals["account"] << 34) + deals["created"] - _EVIDENCE_TIME)
    return np.asarray(ahead > before)


def _near_quarter_end(world: World, at: Ints) -> Flags:
    distance = np.abs(at[:, None] - world.timeline.quarter_starts[None, :]).min(axis=1)
    return np.asarray(distance <= AROUND_QUARTER_END, dtype=np.bool_)


def _assert_shares(world: World) -> None:
    """Each story and each way is there exactly as often as the rates ask."""
    function, story, way = (world.deals[name] for name in ("function", "story", "way"))
    rates, count = world.options.rates, len(function)
    marketing = int(((function == MARKETING) | (function == PRODUCT_LED)).sum())
    relabeled = round(rates.relabeled * (count - marketing))
    asked = {
        RELABELED: relabeled,
        CORRECTED: round(rates.corrected * marketing),
        FIRST_FILL: round(rates.first_fill * count),
        MIGRATED: round(rates.migrated * count),
        MISLABELED: round(rates.mislabeled * count),
    }
    assert {code: int((story == code).sum()) for code in asked} == asked
    assert (way == BY_CAMPAIGN).sum() == round(rates.relabeled_by_campaign * relabeled)
    assert (way == ON_LEAD).sum() == round(rates.relabeled_on_lead * relabeled)
    assert np.all((way != NULL) == (story == RELABELED))


@pytest.mark.parametrize("seed", [196, 7])
def test_every_story_has_exactly_the_asked_share(seed: int) -> None:
    _assert_shares(build_world(Options(seed=seed)))


def test_every_story_has_exactly_the_asked_share_in_a_large_company(large: World) -> None:
    _assert_shares(large)


def _relabel_share(world: World, at: Ints) -> float:
    """Amount relabeled or contradicted ÷ amount claimed as marketing, each opportunity at its own instant."""
    deals = world.deals
    everyone = np.arange(len(at))
    amount = np.maximum(value_at(world.changes, edits.AMOUNT, everyone, at), 0)
    amount = world.company.to_usd(amount, deals["currency"], deals["created"])
    moved = (deals["story"] == RELABELED) & (deals["relabeled_at"] < at)
    contradicted = (deals["story"] == MISLABELED) & deals["has_evidence"]
    kept = deals["deleted_at"] == NULL
    claimed = _claims_marketing(value_at(world.changes, edits.SOURCE, everyone, at)) | moved
    return float(amount[(moved | contradicted) & kept].sum() / amount[claimed & kept].sum())


@pytest.mark.parametrize("seed", [196, 1, 2, 3, 4])
def test_audits_find_a_tenth_to_a_fifth_of_what_marketing_claims(seed: int) -> None:
    world = build_world(Options(seed=seed))
    assert 0.10 <= _relabel_share(world, full(600, world.timeline.end - 1)) <= 0.20


def test_the_relabel_share_holds_at_the_end_of_the_quarter_of_creation_too(large: World) -> None:
    ends = np.minimum(large.timeline.next_quarter_start(large.deals["created"]), large.timeline.end) - 1
    assert 0.11 <= _relabel_share(large, ends) <= 0.18
    assert 0.11 <= _relabel_share(large, full(len(ends), large.timeline.end - 1)) <= 0.18


def test_relabels_come_late_from_a_known_source_without_marketing_evidence(large: World) -> None:
    deals = large.deals
    relabeled = deals["story"] == RELABELED
    assert not _has_hand_raise(large)[relabeled].any()
    assert not np.isin(deals["function"][relabeled], (MARKETING, PRODUCT_LED)).any()
    assert not _claims_marketing(deals["old_claim"][relabeled]).any()
    assert (deals["old_claim"][relabeled] != NULL).all()
    assert _claims_marketing(deals["new_claim"][relabeled]).all()
    edited = relabeled & (deals["way"] != ON_LEAD)
    assert (deals["relabeled_at"] - deals["created"])[edited].min() > 24 * HOUR
    on_lead = np.flatnonzero(deals["way"] == ON_LEAD)
    person = large.primary[on_lead]
    assert np.array_equal(large.lead_relabeled_at[person], deals["relabeled_at"][on_lead])
    assert (deals["relabeled_at"][on_lead] - large.people["known_at"][person]).min() > 24 * HOUR
    assert np.all(deals["relabeled_at"][on_lead] < large.people["converted_at"][person])
    assert _claims_marketing(deals["claim"][on_lead]).all()
    swapped = deals["way"] == BY_CAMPAIGN
    assert np.all(deals["function"][swapped] == PARTNER)


def test_the_edits_are_in_the_change_stream_as_the_deals_say(large: World) -> None:
    deals, changes = large.deals, large.changes
    own = changes["field"] == edits.SOURCE
    later = own & (changes["at"] > deals["created"][changes["deal"]])
    deal = changes["deal"][later]
    expected = (deals["relabeled_at"] != NULL) & (deals["way"] != BY_CAMPAIGN) & (deals["way"] != ON_LEAD)
    assert np.array_equal(deal, np.flatnonzero(expected))
    assert np.array_equal(changes["at"][later], deals["relabeled_at"][deal])
    assert np.array_equal(changes["value"][later], deals["new_claim"][deal])
    assert np.array_equal(changes["by"][later], deals["relabeled_by"][deal])
    before = value_at(changes, edits.SOURCE, deal, deals["relabeled_at"][deal] - 1)
    assert np.array_equal(before, deals["old_claim"][deal])


def test_quarter_ends_draw_relabels_and_corrections() -> None:
    shares = []
    for rate in (0.0, 0.5, 1.0):
        rates = Rates(relabeled=0.2, corrected=0.2, scanned=0.0, relabeled_near_quarter_end=rate)
        world = build_world(Options(opportunities=3_000, rates=rates))
        deals = world.deals
        rows = ((deals["story"] == RELABELED) & (deals["way"] != ON_LEAD)) | (deals["story"] == CORRECTED)
        shares.append(_near_quarter_end(world, deals["relabeled_at"][rows]).mean())
    assert shares[0] < 0.45
    error = np.sqrt(shares[0] * (1 - shares[0]) / 350)
    assert abs(shares[1] - (0.5 + 0.5 * shares[0])) < 4 * error
    assert shares[2] > 0.99


def test_teams_and_marketers_differ_in_how_much_they_relabel(large: World) -> None:
    deals = large.deals
    relabeled = deals["story"] == RELABELED
    eligible = np.bincount(deals["owner"], weights=(deals["function"] <= OUTBOUND_SDR) | (deals["function"] == PARTNER))
    found = np.bincount(deals["owner"][relabeled], minlength=len(eligible))
    expected = eligible * relabeled.sum() / eligible.sum()
    owners = expected > 1
    spread = ((found - expected)[owners] ** 2 / expected[owners]).mean()
    assert spread > 1.5  # 1 where everybody did it alike
    done_by = np.sort(np.bincount(deals["relabeled_by"][relabeled]))[::-1]
    assert done_by[0] > 0.3 * relabeled.sum()
    assert (done_by > 0).sum() > 5


def test_editors_work_there_at_the_time(large: World) -> None:
    deals, users = large.deals, large.company.users
    edited = deals["relabeled_at"] != NULL
    by, at = deals["relabeled_by"][edited], deals["relabeled_at"][edited]
    assert np.all(users["started"][by] <= at)
    assert np.all((users["ended"][by] == NULL) | (at < users["ended"][by]))


def test_corrections_have_marketing_evidence(large: World) -> None:
    deals = large.deals
    corrected = deals["story"] == CORRECTED
    assert _has_hand_raise(large)[corrected].all()
    assert not _claims_marketing(deals["claim"][corrected]).any()
    assert np.array_equal(deals["new_claim"][corrected], deals["true_claim"][corrected])
    assert (deals["relabeled_at"] - deals["created"])[corrected].min() > 24 * HOUR


def test_late_badge_scans_lead_to_corrections_to_trade_show(large: World) -> None:
    deals, campaigns = large.deals, large.campaigns
    scanned = np.flatnonzero(deals["scanned"])
    assert len(scanned) == round(0.25 * (deals["story"] == CORRECTED).sum())
    assert np.all(deals["story"][scanned] == CORRECTED)
    assert np.all(deals["new_claim"][scanned] == SOURCE_NUMBER["Trade Show"])
    fairs = campaigns["type"] == TRADE_SHOW
    starts, ends = campaigns["starts_at"][fairs], campaigns["ends_at"][fairs]
    fair = np.searchsorted(starts, deals["created"][scanned], side="right") - 1
    assert np.all(deals["created"][scanned] - starts[fair] >= DAY)
    assert np.all(deals["created"][scanned] < ends[fair] + 4 * DAY)
    assert np.all(deals["relabeled_at"][scanned] > ends[fair] + 5 * DAY)


def test_first_fills_come_from_nothing_and_are_right(large: World) -> None:
    deals = large.deals
    filled = deals["story"] == FIRST_FILL
    assert np.all(deals["claim"][filled] == NULL)
    assert np.array_equal(deals["new_claim"][filled], deals["true_claim"][filled])


def test_mislabeled_claim_marketing_from_the_start_with_and_without_other_evidence(large: World) -> None:
    deals = large.deals
    wrong = deals["story"] == MISLABELED
    assert _claims_marketing(deals["claim"][wrong]).all()
    assert (deals["relabeled_at"][wrong] == NULL).all()
    assert not _has_hand_raise(large)[wrong & (deals["function"] < MARKETING)].any()
    assert (wrong & ~deals["has_evidence"]).sum() == round(0.25 * wrong.sum())


def test_a_migration_is_one_act_of_the_company_in_every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BLOCK_OPPORTUNITIES", 1_500)
    instants, users, mappings, counts = [], set[int](), set[tuple[int, int]](), []
    for world in build_worlds(Options(opportunities=3_000, quarters=6)):
        deals = world.deals
        moved = deals["story"] == MIGRATED
        instants.append(deals["relabeled_at"][moved])
        counts.append(int(moved.sum()))
        users |= set(deals["relabeled_by"][moved].tolist())
        mappings |= set(zip(deals["old_claim"][moved].tolist(), deals["new_claim"][moved].tolist(), strict=True))
        assert users == {int(world.company.staff(OPS)[0])}
        assert np.all(deals["function"][moved] == OUTBOUND_SDR)
    assert counts == [150, 150]
    assert min(counts) >= MIGRATION_LEAST
    assert np.ptp(np.concatenate(instants)) < HOUR
    assert mappings == {(SOURCE_NUMBER["Event Follow-up"], SOURCE_NUMBER["Trade Show"])}


def test_a_company_too_small_for_a_migration_has_none() -> None:
    assert not (build_world(Options(opportunities=300)).deals["story"] == MIGRATED).any()
    assert (build_world(Options()).deals["story"] == MIGRATED).sum() >= MIGRATION_LEAST


def test_ways_are_only_the_asked_ones() -> None:
    rates = Rates(relabeled_by_campaign=0.0, relabeled_on_lead=0.0)
    way = build_world(Options(rates=rates)).deals["way"]
    assert set(way[way != NULL]) == {BY_SOURCE}
