"""What two libraries of other people say of a log of events: pm4py of its flow, statsmodels of its outcomes.

Both are installed for tests alone and nothing of the product imports them. pm4py (AGPL) counts which activity directly
follows which; statsmodels (BSD) estimates cumulative incidence with competing risks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

import numpy as np
import pandas as pd
import pm4py
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from tests.conftest import DailyRun

OUTCOMES = {"open": 0, "won": 1, "lost": 2}
QUANTILE = 1.959964  # of 97.5 %, to the digits that the project sets
_MILLISECOND = 0.001


@dataclass(frozen=True)
class Flow:
    """Of a log: steps by pair of stages, the stages that lives begin and end with, and seconds, each a mean and a median:
    by pair of stages, by stage that was left, and of whole lives."""

    steps: dict[tuple[str, str], int]
    starts: dict[str, int]
    ends: dict[str, int]
    seconds: dict[tuple[str, str], tuple[float, float]]
    stage_seconds: dict[str, tuple[float, float]]
    life_seconds: tuple[float, float]


def peer_flow(events: pd.DataFrame) -> Flow:
    """pm4py's figures of `events`: columns case, activity, timestamp; rows of one instant in the order in which they hold.

    pm4py sorts each case by time and keeps that order, so ties stay as they were given.
    """
    log = events.rename(
        columns={"case": "case:concept:name", "activity": "concept:name", "timestamp": "time:timestamp"}
    )
    steps, starts, ends = pm4py.discover_dfg(log.copy())
    figures, _, _ = pm4py.discover_performance_dfg(log.copy(), perf_aggregation_key="all")
    each, _, _ = pm4py.discover_performance_dfg(log.copy(), perf_aggregation_key="raw_values")
    left: dict[str, list[float]] = {}
    for (stage, _), values in each.items():
        left.setdefault(stage, []).extend(values)
    lives = pm4py.get_all_case_durations(log.copy())
    return Flow(
        {pair: int(n) for pair, n in steps.items()},
        dict(starts),
        dict(ends),
        {pair: (figure["mean"], figure["median"]) for pair, figure in figures.items()},
        {stage: (fmean(values), median(values)) for stage, values in left.items()},
        (fmean(lives), median(lives)),
    )


def published_flow(run: DailyRun) -> Flow:
    """The same figures of the published stage visits and transitions; a visit that goes on has no length yet."""
    steps = run.rows(
        "select from_stage, to_stage, count(*), avg(days_in_from_stage) * 86400, median(days_in_from_stage) * 86400"
        " from stage_transitions.fct_stage_transitions where direction <> 'created' group by all"
    )
    (lives,) = run.rows(
        "select avg(seconds), median(seconds) from (select date_diff('microsecond', min(entered_at), max(entered_at)) / 1e6"
        " as seconds from stage_transitions.fct_stage_visits group by opportunity_id)"
    )
    return Flow(
        {(source, target): n for source, target, n, *_ in steps},
        dict(
            run.rows(
                "select to_stage, count(*) from stage_transitions.fct_stage_transitions"
                " where direction = 'created' group by all"
            )
        ),
        dict(run.rows("select stage, count(*) from stage_transitions.fct_stage_visits where is_current group by all")),
        {(source, target): (mean, middle) for source, target, _, mean, middle in steps},
        {
            stage: (mean, middle)
            for stage, mean, middle in run.rows(
                "select stage, avg(days_in_stage) * 86400, median(days_in_stage) * 86400"
                " from stage_transitions.fct_stage_visits where not is_current group by all"
            )
        },
        lives,
    )


def check_flow(found: Flow, expected: Flow) -> None:
    """Counts are equal, means and medians equal to the millisecond."""
    assert (found.steps, found.starts, found.ends) == (expected.steps, expected.starts, expected.ends)
    assert found.life_seconds == _same(expected.life_seconds)
    for ours, theirs in ((found.seconds, expected.seconds), (found.stage_seconds, expected.stage_seconds)):
        assert ours.keys() == theirs.keys()
        assert {key: _same(value) for key, value in theirs.items()} == ours


def _same(seconds: tuple[float, float]) -> Any:
    return pytest.approx(seconds, rel=0, abs=_MILLISECOND / 2)


@dataclass(frozen=True)
class Curve:
    """Cumulative incidence of a win by age in whole days, a loss competing: an estimate and its standard error per age."""

    won: dict[int, float]
    lost: dict[int, float]
    standard_error: dict[int, float]


def peer_curve(ages: Sequence[tuple[int, str]]) -> Curve:
    """statsmodels' estimate from each opportunity's age in whole days and what it was then: open, won or lost.

    What is open at an age counts as at risk on it, in statsmodels as in ours. Both take the standard error of Dinse and
    Larson (Biometrika 73, 1986); statsmodels has none once everybody at risk has left.
    """
    time = np.array([age for age, _ in ages], dtype=float)
    status = np.array([OUTCOMES[outcome] for _, outcome in ages])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = CumIncidenceRight(time, status)
    assert found.cinc_se is not None
    won, lost = (
        found.cinc[number - 1] if len(found.cinc) >= number else np.zeros(len(found.times)) for number in (1, 2)
    )
    at = [int(age) for age in found.times]
    errors = found.cinc_se[0] if len(found.cinc_se) else np.zeros(len(at))
    return Curve(dict(zip(at, won, strict=True)), dict(zip(at, lost, strict=True)), dict(zip(at, errors, strict=True)))


def check_curve(run: DailyRun, since: str, dimension: str, member: str, ages: Sequence[tuple[int, str]]) -> int:
    """One published curve is statsmodels' to 1e-9, its bounds those of the scale log(-log) around it; its number of ages."""
    rows = run.rows(
        "select age_days, n_opportunities, won_share, lost_share, standard_error, won_share_lower, won_share_upper"
        " from stage_transitions.agg_closed_won_curve where since = ? and dimension = ? and member = ? order by 1",
        [since, dimension, member],
    )
    assert [row[0] for row in rows] == sorted({age for age, outcome in ages if outcome != "open"})
    if not rows:
        return 0
    expected = peer_curve(ages)
    for age, n, won, lost, error, lower, upper in rows:
        assert n == len(ages)
        assert (won, lost) == pytest.approx((expected.won[age], expected.lost[age]), rel=0, abs=1e-9)
        theirs = expected.standard_error[age]
        if not math.isfinite(theirs):
            assert age == rows[-1][0]
            continue
        assert error == pytest.approx(theirs, rel=0, abs=1e-9)
        if 0 < won < 1:
            spread = QUANTILE * theirs / (expected.won[age] * math.log(expected.won[age]))
            bounds = sorted(expected.won[age] ** math.exp(side * spread) for side in (-1, 1))
            assert [lower, upper] == pytest.approx(bounds, rel=0, abs=2e-9)
    return len(rows)
