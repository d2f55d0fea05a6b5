"""How many opportunities come when, how large they are and how many are won is what the tables ask for.

Bounds are exact where sampling is systematic, else so many standard errors of what is measured.
"""

from __future__ import annotations

import numpy as np
import pytest

from dagster_project.simulate import Options, Rates
from dagster_project.simulate.frames import NULL, Flags, Floats, Frame, Ints, full
from dagster_project.simulate.timeline import DAY, Timeline, day_number, working_seconds
from dagster_project.simulate.vocabulary import (
    ACCEPTED,
    EXPANSION,
    FUNCTIONS,
    MARKETING,
    OUTBOUND_AE,
    OUTBOUND_SDR,
    PARTNER,
    PRODUCT_LED,
)
from dagster_project.simulate.world import edits
from dagster_project.simulate.world.arrivals import arrivals
from dagster_project.simulate.world.build import World, build_world
from dagster_project.simulate.world.company import AE, AM, PARTNER_MANAGER, SDR, Company, build_company
from dagster_project.simulate.world.deals import AMOUNT_SIGMA, CLEARS_BAR, MEAN_AMOUNT_USD, SHARE, SIZE, pick_staff
from dagster_project.simulate.world.odds import (
    CREATOR_EFFECT,
    NEWCOMER_LOAD,
    NEWCOMER_WINS,
    SEASON_EFFECT,
    SEGMENT_EFFECT,
    YIELD,
    season,
    started_as,
    win_chances,
)

_SIGMAS = 4.0


@pytest.fixture(scope="module")
def large() -> World:
    """A company large enough for rates to be measured, in which nobody bends a number."""
    return build_world(Options(opportunities=20_000, quarters=8, rates=Rates.none()))


@pytest.fixture(scope="module")
def usd(large: World) -> Floats:
    deals = large.deals
    return large.company.to_usd(deals["amount"], deals["currency"], deals["created"]) / 100


@pytest.fixture(scope="module")
def company() -> Company:
    options = Options(opportunities=20_000, quarters=8)
    return build_company(options, Timeline.of(options))


def _amount_rate(won: Flags, amount: Floats) -> tuple[float, float]:
    """Share of the amount that was won, and its standard error."""
    rate = float(amount[won].sum() / amount.sum())
    return rate, float(np.sqrt(rate * (1 - rate) * (amount**2).sum()) / amount.sum())


def test_sources_have_the_asked_shares(large: World, world: World) -> None:
    for found in (large, world):
        function = found.deals["function"]
        assert np.all(np.abs(np.bincount(function, minlength=len(FUNCTIONS)) - SHARE * len(function)) <= 1)


def test_sources_clear_the_bar_in_the_asked_shares(large: World) -> None:
    deals = large.deals
    for source, asked in enumerate(CLEARS_BAR):
        rows = deals["function"] == source
        assert abs((deals["reach"][rows] >= ACCEPTED).sum() - asked * rows.sum()) <= 2


def test_the_chances_give_each_source_its_yield_by_amount_exactly(large: World, usd: Floats) -> None:
    for source, asked in enumerate(YIELD):
        rows = (large.deals["function"] == source) & (large.deals["reach"] >= ACCEPTED)
        assert (large.deals["win_chance"] * usd)[rows].sum() / usd[rows].sum() == pytest.approx(asked, abs=1e-9)
    assert (YIELD[OUTBOUND_AE], YIELD[OUTBOUND_SDR], YIELD[MARKETING]) == (0.32, 0.21, 0.28)


def test_qualified_opportunities_yield_what_the_worked_example_says(large: World, usd: Floats) -> None:
    """Measured as METRICS.md does: final amount of won over amount at the bar, closed in the last four quarters."""
    deals = large.deals
    closed = (deals["bar_at"] != NULL) & (deals["closed_at"] >= large.timeline.quarter_starts[-5])
    final = edits.final_values(large.changes, edits.AMOUNT, len(usd))
    final = large.company.to_usd(final, deals["currency"], deals["created"]) / 100
    for source, asked in ((OUTBOUND_AE, 0.32), (OUTBOUND_SDR, 0.21), (MARKETING, 0.28)):
        rows = closed & (deals["function"] == source)
        _, error = _amount_rate(deals["won"][rows], usd[rows])
        found = final[rows & deals["won"]].sum() / usd[rows].sum()
        assert abs(found - asked) < _SIGMAS * error
        assert error < 0.02


def test_about_a_quarter_of_what_closes_is_won(large: World) -> None:
    deals = large.deals
    closed = (deals["bar_at"] != NULL) & (deals["closed_at"] != NULL)
    assert 0.24 < deals["won"][closed].mean() < 0.28


def _crowd(company: Company, **columns: Ints) -> Frame:
    """Opportunities of a source that differ in nothing but the columns given."""
    count = len(next(iter(columns.values())))
    owner = full(count, int(company.staff(AE)[0]))
    same = {"function": MARKETING, "segment": 0, "owner_role": AE, "creator_role": AE}
    created = full(count, day_number(Options().start) * DAY + 300 * DAY)
    return {name: full(count, value) for name, value in same.items()} | {"owner": owner, "created": created} | columns


def _means(company: Company, deals: Frame, by: Ints) -> Floats:
    """Mean chance per value of `by`; that of all of them is the source's yield."""
    chance = win_chances(company, deals, full(len(by), 1), np.ones(len(by), dtype=np.bool_))
    assert chance.mean() == pytest.approx(YIELD[deals["function"][0]])
    return np.array([chance[by == value].mean() for value in np.unique(by)])


@pytest.mark.parametrize(
    ("source", "more", "less"),
    [
        (MARKETING, AE, SDR),
        (PRODUCT_LED, AE, SDR),
        (PARTNER, PARTNER_MANAGER, AE),
        (EXPANSION, AM, AE),
    ],
)
def test_who_created_an_opportunity_changes_its_chance(company: Company, source: int, more: int, less: int) -> None:
    role = np.array([less, more, more])
    found = _means(company, _crowd(company, creator_role=role, function=full(3, source)), role == more)
    assert found[1] / found[0] == pytest.approx(CREATOR_EFFECT[source, more] / CREATOR_EFFECT[source, less])
    assert found[1] > found[0]


def test_segment_and_season_change_the_chance(company: Company) -> None:
    segment = np.array([0, 1, 1])
    found = _means(company, _crowd(company, segment=segment), segment)
    assert found / found[0] == pytest.approx(SEGMENT_EFFECT / SEGMENT_EFFECT[0])
    created = np.array(["2025-02-03", "2025-05-05", "2025-08-04", "2025-11-03"], "datetime64[s]").astype(np.int64)
    found = _means(company, _crowd(company, created=created), season(created))
    assert found / found[0] == pytest.approx(SEASON_EFFECT / SEASON_EFFECT[0])


def test_skill_and_ramp_change_the_chance(company: Company) -> None:
    hired = np.flatnonzero(
        (company.users["role"] == AE) & (company.users["started"] > day_number(Options().start) * DAY)
    )
    new = full(2, int(hired[0]))
    created = started_as(company, AE)[new[0]] + np.array([0, 400]) * DAY
    chance = win_chances(company, _crowd(company, owner=new, created=created), full(2, 1), np.ones(2, dtype=np.bool_))
    seasons = SEASON_EFFECT[season(created)]
    assert chance[0] / chance[1] == pytest.approx(NEWCOMER_WINS * seasons[0] / seasons[1])
    veterans = company.staff(AE)[[0, 1]]
    found = _means(company, _crowd(company, owner=veterans), veterans)
    assert found[0] / found[1] == pytest.approx(company.skill[veterans[0]] / company.skill[veterans[1]])


def test_a_promoted_sdr_ramps_as_an_ae(company: Company) -> None:
    spans = company.spans
    as_sdr = np.unique(spans["user"][spans["role"] == SDR])
    promoted = np.intersect1d(as_sdr, np.flatnonzero(company.users["role"] == AE))
    assert len(promoted)
    assert np.all(started_as(company, AE)[promoted] > company.users["started"][promoted])


def test_outcomes_follow_the_chances_by_role_segment_season_and_skill(large: World) -> None:
    deals = large.deals
    bar = deals["reach"] >= ACCEPTED
    skilled = large.company.skill[deals["owner"]] > 1
    groups = {
        "AE converts inbound": (deals["function"] == MARKETING) & (deals["creator_role"] == AE),
        "SDR converts inbound": (deals["function"] == MARKETING) & (deals["creator_role"] == SDR),
        "enterprise": deals["segment"] == 0,
        "created in summer": season(deals["created"]) == 2,
        "created in autumn": season(deals["created"]) == 3,
        "skilled": skilled,
        "less skilled": ~skilled,
    }
    found: dict[str, float] = {}
    for name, rows in groups.items():
        chance, won = deals["win_chance"][rows & bar], deals["won"][rows & bar]
        assert abs(won.sum() - chance.sum()) < _SIGMAS * np.sqrt((chance * (1 - chance)).sum()), name
        found[name] = float(won.mean())
    assert found["AE converts inbound"] > found["SDR converts inbound"] + 0.04
    assert found["created in summer"] > found["created in autumn"]
    assert found["skilled"] > found["less skilled"] + 0.04


def test_newcomers_get_less_of_the_work(company: Company) -> None:
    users, teams = company.users, company.teams["segment"] >= 0
    hired = np.flatnonzero((users["role"] == AE) & (users["started"] > day_number(Options().start) * DAY))
    hired = hired[teams[users["team"][hired]] & (users["ended"][hired] == NULL)]
    newcomer = int(hired[0])
    draws = 4_000
    team = full(draws, int(users["team"][newcomer]))
    shares = []
    for days in (1, 400):
        at = full(draws, int(users["started"][newcomer]) + days * DAY)
        chosen = pick_staff(np.random.Generator(np.random.PCG64(1)), company, AE, team, at)
        shares.append((chosen == newcomer).mean())
    assert shares[0] / (1 - shares[0]) == pytest.approx(NEWCOMER_LOAD * shares[1] / (1 - shares[1]), rel=0.25)


def test_amounts_are_log_normal_by_segment_and_source(large: World, usd: Floats) -> None:
    deals = large.deals
    size = SIZE / (SHARE @ SIZE)
    for source in range(len(FUNCTIONS)):
        for segment, mean in enumerate(MEAN_AMOUNT_USD):
            logs = np.log(usd[(deals["function"] == source) & (deals["segment"] == segment)])
            expected = np.log(mean * size[source]) - AMOUNT_SIGMA**2 / 2
            assert abs(logs.mean() - expected) < _SIGMAS * AMOUNT_SIGMA / np.sqrt(len(logs))
            assert abs(logs.std() - AMOUNT_SIGMA) < _SIGMAS * AMOUNT_SIGMA / np.sqrt(2 * len(logs))
    assert usd.mean() == pytest.approx(MEAN_AMOUNT_USD.mean(), rel=0.03)
    assert (deals["amount"] % 100_000 == 0).mean() > 0.7
    assert len(np.unique(deals["currency"])) == 3


def _pace(timeline: Timeline, at: Ints, begin: str, end: str) -> float:
    """Opportunities per working hour in a stretch of days."""
    first, last = (np.array([np.datetime64(day, "s").astype(np.int64)]) for day in (begin, end))
    hours = (working_seconds(last) - working_seconds(first))[0] / 3_600
    return float(((at >= first[0]) & (at < last[0])).sum() / hours)


def test_summer_december_growth_and_quarter_ends_show_in_arrivals() -> None:
    timeline = Timeline.of(Options(quarters=8))
    rng = np.random.Generator(np.random.PCG64(3))
    found = {source: arrivals(rng, timeline, source, 40_000) for source in (OUTBOUND_AE, OUTBOUND_SDR, PRODUCT_LED)}
    product = found[PRODUCT_LED]

    def ratio(at: Ints, one: tuple[str, str], other: tuple[str, str]) -> float:
        return _pace(timeline, at, *one) / _pace(timeline, at, *other)

    assert ratio(product, ("2025-08-01", "2025-09-01"), ("2025-09-01", "2025-09-16")) == pytest.approx(
        0.80 / 1.13, rel=0.03
    )
    assert ratio(product, ("2025-12-01", "2025-12-17"), ("2025-11-01", "2025-12-01")) == pytest.approx(
        0.72 / 1.06, rel=0.03
    )
    assert ratio(product, ("2026-05-01", "2026-06-01"), ("2025-05-01", "2025-06-01")) == pytest.approx(
        1.08**4, rel=0.03
    )
    last_weeks, before = ("2025-03-18", "2025-04-01"), ("2025-03-01", "2025-03-18")
    assert ratio(found[OUTBOUND_AE], last_weeks, before) == pytest.approx(0.70, rel=0.03)
    assert ratio(found[OUTBOUND_SDR], last_weeks, before) == pytest.approx(1.20, rel=0.03)


def test_expansions_follow_a_won_opportunity_of_the_same_account(large: World) -> None:
    deals = large.deals
    grown = np.flatnonzero(deals["function"] == EXPANSION)
    earlier = deals["follows"][grown]
    assert np.all(deals["won"][earlier] & (deals["closed_at"][earlier] < deals["created"][grown]))
    assert np.all(deals["account"][earlier] == deals["account"][grown])
    assert np.bincount(earlier).max() <= 3
