"""When and by whom numbers get bent: checkpoints at which they are looked at, and each user's and team's propensity.

What is planted is drawn with these weights; how much of it there is, the rates alone decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.simulate.frames import Flags, Floats, Frame, Ints, stream, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, WORKDAY, Timeline, last_workday
from dagster_project.simulate.world.company import Company

# Coverage is looked at from the first day of a quarter's fourth week on.
WEEK_FOUR = 21 * DAY
HURRY = 14 * DAY
_HURRY_WEIGHT = 6.0
_USER_SIGMA, _TEAM_SIGMA = 0.8, 0.4


@dataclass(frozen=True)
class Pressure:
    """`checkpoints` are instants, sorted; `user` and `team` are weights with mean 1."""

    checkpoints: Ints
    user: Floats
    team: Floats

    @classmethod
    def of(cls, options: Options, timeline: Timeline, company: Company) -> Pressure:
        """The pressure on the staff of a block."""
        rng = stream(options.seed, "propensity")
        ends, fourth = timeline.quarter_starts[1:], timeline.quarter_starts[:-1] + WEEK_FOUR
        return cls(
            np.sort(np.concatenate([ends, fourth])),
            _propensity(rng, len(company.users["role"]), _USER_SIGMA),
            _propensity(rng, len(company.teams["segment"]), _TEAM_SIGMA),
        )

    def next_checkpoint(self, at: Ints) -> Ints:
        """First checkpoint after each instant; the last one for instants past it."""
        position = np.searchsorted(self.checkpoints, at, side="right")
        return self.checkpoints[np.minimum(position, len(self.checkpoints) - 1)]

    def is_hurried(self, at: Ints) -> Flags:
        """Whether a checkpoint follows within two weeks."""
        ahead = self.next_checkpoint(at) - at
        return (ahead > 0) & (ahead <= HURRY)

    def lean(self, deals: Frame) -> Floats:
        """Weight of each opportunity by its owner and team."""
        return self.user[deals["owner"]] * self.team[deals["team"]]

    def lean_hurried(self, deals: Frame) -> Floats:
        """The same, and several times as much for those created when a checkpoint was near."""
        return self.lean(deals) * np.where(self.is_hurried(deals["created"]), _HURRY_WEIGHT, 1.0)

    def before(self, rng: np.random.Generator, timeline: Timeline, checkpoint: Ints) -> Ints:
        """A working instant shortly before each checkpoint: up to 10 days before a quarter's end, 3 before week four.

        The latter are within ten days of the fourth week's end as well.
        """
        count = len(checkpoint)
        is_end = timeline.quarter_starts[np.searchsorted(timeline.quarter_starts, checkpoint)] == checkpoint
        back = np.where(is_end, 3 + rng.integers(0, 6, count), 1 + rng.integers(0, 3, count))
        day = checkpoint // DAY - back
        # A weekend before the fourth week's end is gone round on its far side.
        third = checkpoint // DAY - 3
        instead = np.where(last_workday(third) == third, third, third + 2)
        day = np.where(is_end | (last_workday(day) == day), last_workday(day), instead)
        return day * DAY + 8 * HOUR + whole(rng.random(count) * (WORKDAY - HOUR))


def weighted(rng: np.random.Generator, eligible: Flags, weight: Floats, count: int) -> Flags:
    """Exactly `count` of the eligible rows (all where there are fewer), drawn by weight without replacement."""
    candidates = np.flatnonzero(eligible)
    key = rng.exponential(size=len(candidates)) / weight[candidates]
    chosen = np.zeros(len(eligible), dtype=np.bool_)
    if 0 < count < len(candidates):
        candidates = candidates[np.argpartition(key, count - 1)[:count]]
    if count > 0:
        chosen[candidates] = True
    return chosen


def _propensity(rng: np.random.Generator, count: int, sigma: float) -> Floats:
    found = np.exp(sigma * rng.standard_normal(count))
    return found / found.mean()
