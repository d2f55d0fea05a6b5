"""How behaviour is spread: by rep and team, near checkpoints, over seasons; empty fields; and who takes over deals."""

from __future__ import annotations

import numpy as np
import pytest

from dagster_project.simulate import Options
from dagster_project.simulate.frames import NULL, Flags, Ints
from dagster_project.simulate.timeline import DAY, HOUR
from dagster_project.simulate.vocabulary import OUTBOUND_SDR, WON
from dagster_project.simulate.world.build import World, build_world, outcome
from dagster_project.simulate.world.changes import AMOUNT, NEXT_STEP, OWNER, final_values, value_at
from dagster_project.simulate.world.company import AE
from dagster_project.simulate.world.gaps import GRACE, LATE, NEVER
from dagster_project.simulate.world.patterns import INFLATED, INFLATION, PADDING, PARKING
from dagster_project.simulate.world.pressure import Pressure, weighted


@pytest.fixture(scope="module")
def large() -> World:
    return build_world(Options(opportunities=20_000, quarters=8))


def _excess(chosen: Flags, among: Flags, group: Ints) -> float:
    """Variance of the chosen share between groups, over what chance alone would give (1)."""
    total = np.bincount(group[among])
    found = np.bincount(group[among & chosen], minlength=len(total))
    usual = total >= 20
    share = (among & chosen).sum() / among.sum()
    expected = total[usual] * share
    return float(((found[usual] - expected) ** 2 / (expected * (1 - share))).mean())


@pytest.mark.parametrize("column", ["owner", "team"])
def test_some_reps_and_teams_do_it_more(large: World, column: str) -> None:
    deals = large.deals
    outbound = deals["function"] <= OUTBOUND_SDR
    bent = np.isin(deals["pattern"], (PADDING, PARKING, INFLATION, INFLATED))
    assert _excess(bent, outbound, deals[column]) > 1.8
    # Chance alone, for comparison.
    anything = np.random.default_rng(1).random(len(bent)) < bent.mean()
    assert _excess(anything, outbound, deals[column]) < 1.5


def test_propensities_have_mean_one_and_stay_with_the_seed(large: World) -> None:
    first, again = (Pressure.of(large.options, large.timeline, large.company) for _ in range(2))
    for found, repeated in ((first.user, again.user), (first.team, again.team)):
        assert found.mean() == pytest.approx(1)
        assert found.std() > 0.3
        assert (found == repeated).all()


def test_weighted_draws_are_exact_and_follow_the_weights() -> None:
    rng = np.random.default_rng(5)
    eligible = np.arange(10_000) % 2 == 0
    weight = np.where(np.arange(10_000) < 5_000, 4.0, 1.0)
    chosen = weighted(rng, eligible, weight, 500)
    assert chosen.sum() == 500
    assert not (chosen & ~eligible).any()
    assert chosen[:5_000].sum() == pytest.approx(400, abs=40)
    assert weighted(rng, eligible, weight, 9_000).sum() == 5_000
    assert not weighted(rng, eligible, weight, 0).any()


def test_padding_is_made_when_a_checkpoint_is_near(large: World) -> None:
    deals, starts = large.deals, large.timeline.quarter_starts
    fourth = np.concatenate([starts[1:], starts[:-1] + 21 * DAY])
    ahead = fourth - deals["created"][:, None]
    near = np.any((ahead > 0) & (ahead <= 14 * DAY), axis=1)
    padded = deals["pattern"] == PADDING
    assert near[padded].mean() > 1.6 * near[~padded].mean()


def test_stages_and_amounts_go_up_before_quarter_ends_and_before_week_four(large: World) -> None:
    deals, timeline = large.deals, large.timeline
    for pattern in (INFLATION, INFLATED):
        at = deals["pattern_at"][deals["pattern"] == pattern]
        quarter = timeline.quarter_of(at)
        day = (at - timeline.quarter_starts[quarter]) // DAY
        left = (timeline.quarter_starts[quarter + 1] - at) // DAY
        before_end, before_fourth = left < 10, (day >= 17) & (day < 21)
        assert (before_end | before_fourth).all()
        assert 0.5 < before_end.mean() < 0.95


def test_sales_bunch_at_quarter_ends(large: World) -> None:
    won_at, _ = outcome(large)
    won_at = won_at[won_at != NULL]
    last_weeks = large.timeline.next_quarter_start(won_at) - won_at <= 21 * DAY
    assert 0.3 < last_weeks.mean() < 0.5


@pytest.mark.parametrize(("name", "field"), [("amount", AMOUNT), ("next_step", NEXT_STEP)])
def test_required_fields_are_empty_at_the_bar_as_often_as_asked(large: World, name: str, field: int) -> None:
    deals, rates, count = large.deals, large.options.rates, large.options.opportunities
    gap, bar = deals[f"{name}_gap"], deals["bar_at"]
    everyone = np.arange(count)
    missing = round(getattr(rates, f"missing_{name}") * count)
    assert ((gap == NEVER) | (gap == LATE)).sum() == missing
    assert (gap == LATE).sum() >= round(rates.filled_later * missing)
    assert (gap == GRACE).sum() == round(rates.filled_in_grace * count)
    cleared = bar != NULL
    at_bar = value_at(large.changes, field, everyone, np.where(cleared, bar, 0)) == NULL
    within_grace = value_at(large.changes, field, everyone, np.where(cleared, bar + HOUR, 0)) == NULL
    assert ((cleared & at_bar) == (gap > 0)).all()
    assert ((cleared & within_grace) == ((gap == NEVER) | (gap == LATE))).all()
    assert (final_values(large.changes, field, count)[gap == NEVER] == NULL).all()
    assert (final_values(large.changes, field, count)[(gap == LATE) | (gap == GRACE)] != NULL).all()


def test_nobody_owns_open_opportunities_of_a_team_after_leaving_it(large: World) -> None:
    deals, spans, changes = large.deals, large.company.spans, large.changes
    left = np.flatnonzero((spans["role"] == AE) & (spans["valid_to"] != NULL))
    pods = large.company.users["pod"][spans["user"][left]]
    left = left[np.isin(pods, list(large.company.pods))]
    moved = np.isin(spans["user"][left], spans["user"][np.append(False, spans["user"][1:] == spans["user"][:-1])])
    assert moved.sum() >= 10
    assert (~moved).sum() >= 10
    handed = 0
    for span in left:
        user, team, at = spans["user"][span], spans["team"][span], int(spans["valid_to"][span])
        standing = np.flatnonzero(
            (deals["team"] == team) & (deals["created"] < at) & (deals["life_end"] > at + 5 * DAY)
        )
        before = value_at(changes, OWNER, standing, np.full(len(standing), at))
        after = value_at(changes, OWNER, standing, np.full(len(standing), at + 5 * DAY))
        heirs = after[before == user]
        assert user not in after
        handed += len(heirs)
        for heir in set(heirs.tolist()):
            rows = (spans["user"] == heir) & (spans["team"] == team) & (spans["role"] == AE)
            assert (spans["valid_from"][rows] <= at + 5 * DAY).any()
    assert handed > 100


def test_won_opportunities_keep_their_outcome(large: World) -> None:
    """Patterns are planted among what isn't won."""
    won = final_values(large.changes, 0, large.options.opportunities) == WON
    assert not (won & (large.deals["pattern"] > 0)).any()
