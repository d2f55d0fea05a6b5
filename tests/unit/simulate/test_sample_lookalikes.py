"""Every innocent look-alike is there as often as asked, looks like its pattern, and isn't one by METRICS.md section 4."""

from __future__ import annotations

import pytest
from pattern_rules import Rules, planted

from dagster_project.simulate import Options
from dagster_project.simulate.frames import NULL
from dagster_project.simulate.vocabulary import OUTBOUND_SDR
from dagster_project.simulate.world.build import World, build_world
from dagster_project.simulate.world.patterns import (
    BOOKED,
    CUT,
    EARLY_LOSS,
    FAST_REJECTION,
    LOOKALIKES,
    PATTERNS,
    PRICE_LOSS,
    REGRESSION,
    SLIP,
)

# What each has in common with its pattern, and what makes it innocent.
_SURFACE = {
    EARLY_LOSS: """
        from life where bar_at is null and closed_at - created >= 21 * 86400 and not is_won and reason in (-1, 2)
            and exists (from two_way where two_way.account = life.account and moment between created and closed_at)
    """,
    FAST_REJECTION: """
        from life where bar_at - created < 7 * 86400 and creator_role = 'sdr' and not is_won and reason = 7
            and not exists (from two_way where two_way.account = life.account and moment between bar_at and closed_at)
            and exists (
                from visit where visit.deal = life.deal and moment > bar_at and moment <= bar_at + 7 * 86400
                    and stage in (2, 7)
            )
    """,
    PRICE_LOSS: """
        from life where bar_at - created < 7 * 86400 and creator_role = 'sdr' and not is_won and reason = 0
            and (
                select count(*) >= 2 from meeting
                where meeting.account = life.account and moment > bar_at and moment < closed_at
            )
    """,
    SLIP: """
        from dated inner join quarter on due >= starts_at and due < ends_at
        inner join life using (deal)
        where is_won and moment between starts_at - 21 * 86400 and starts_at and before < starts_at
            and exists (
                from dated as pushed where pushed.deal = dated.deal and pushed.due >= ends_at
                    and pushed.moment > starts_at and pushed.moment < closed_at
            )
    """,
    REGRESSION: """
        from visit as step inner join life using (deal)
        where before < step.stage and step.stage < 6
            and exists (
                from checkpoint
                where checkpoint.moment > step.moment and checkpoint.moment <= step.moment + 10 * 86400
            )
            and exists (
                from visit as undone where undone.deal = step.deal and (undone.stage = 7 or undone.stage < step.stage)
                    and undone.moment > step.moment and undone.moment <= step.moment + 30 * 86400
            )
            and exists (
                from two_way where two_way.account = life.account
                    and two_way.moment between step.moment - 7 * 86400 and step.moment + 7 * 86400
            )
    """,
    CUT: """
        from priced as up inner join priced as down using (deal) inner join life using (deal)
        where up.usd > up.before and down.usd <= up.usd - (up.usd - up.before) / 2
            and down.moment > up.moment and down.moment <= up.moment + 30 * 86400
            and exists (
                from checkpoint where checkpoint.moment > up.moment and checkpoint.moment <= up.moment + 14 * 86400
            )
            and exists (
                from two_way where two_way.account = life.account
                    and two_way.moment between down.moment - 4 * 86400 and down.moment
            )
    """,
    BOOKED: """
        from life cross join history where closed_at is null and deleted_at is null
            and not exists (
                from activity where activity.account = life.account
                    and moment >= seen_at - 30 * 86400 and moment < seen_at
            )
            and exists (
                from activity where activity.deal = life.deal and kind = 'meeting' and moment >= seen_at and not is_held
            )
    """,
}


def _assert_shares(world: World) -> None:
    deals, rates, count = world.deals, world.options.rates, world.options.opportunities
    is_open = (deals["closed_at"] == NULL) & (deals["deleted_at"] == NULL)
    by_sdr = (deals["function"] == OUTBOUND_SDR).sum()
    asked = {
        EARLY_LOSS: round(rates.early_loss * count),
        FAST_REJECTION: round(rates.fast_rejection * by_sdr),
        PRICE_LOSS: round(rates.price_loss * by_sdr),
        SLIP: round(rates.honest_slip * count),
        REGRESSION: round(rates.honest_regression * count),
        CUT: round(rates.negotiated_cut * count),
        BOOKED: round(rates.meeting_booked * is_open.sum()),
    }
    assert {code: int((deals["lookalike"] == code).sum()) for code in asked} == asked


def test_every_look_alike_has_exactly_the_asked_share(world: World) -> None:
    _assert_shares(world)


def test_every_look_alike_has_exactly_the_asked_share_in_a_large_company() -> None:
    _assert_shares(build_world(Options(opportunities=20_000, quarters=8, seed=7)))


@pytest.mark.parametrize("code", range(1, len(LOOKALIKES)))
def test_no_look_alike_is_a_finding(company: World, rules: Rules, code: int) -> None:
    innocent = planted(company, "lookalike", code)
    assert len(innocent) >= 40
    for name in PATTERNS[1:]:
        assert not innocent & rules.deals(name)


@pytest.mark.parametrize(("code", "query"), _SURFACE.items())
def test_look_alikes_look_alike(company: World, rules: Rules, code: int, query: str) -> None:
    assert planted(company, "lookalike", code) <= rules.ask(f"select deal {query}")
