"""How likely opportunities that cleared the bar are to be won.

Each source has a yield by amount of its own. Who created the opportunity, its segment, its season and its rep are
factors on it, scaled per source so that the yield holds exactly in expectation whatever they do.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import Flags, Floats, Frame, Ints, full
from dagster_project.simulate.timeline import DAY
from dagster_project.simulate.vocabulary import EXPANSION, FUNCTIONS, MARKETING, PARTNER, PRODUCT_LED
from dagster_project.simulate.world.company import AE, AM, PARTNER_MANAGER, SDR, Company

# Won of the amount that cleared the bar, by true source; the first three are the requirement's worked example.
YIELD = np.array([0.32, 0.21, 0.28, 0.25, 0.24, 0.28])
# By true source and role of the creator; 1 elsewhere.
CREATOR_EFFECT = {
    (MARKETING, AE): 1.15,
    (MARKETING, SDR): 0.85,
    (PRODUCT_LED, AE): 1.15,
    (PRODUCT_LED, SDR): 0.85,
    (PARTNER, PARTNER_MANAGER): 1.10,
    (PARTNER, AE): 0.93,
    (EXPANSION, AM): 1.12,
    (EXPANSION, AE): 0.88,
}
SEGMENT_EFFECT = np.array([0.92, 1.08])
# By calendar quarter of creation: budgets end with the year, so what is created in summer is decided before it ends.
SEASON_EFFECT = np.array([1.00, 0.95, 1.12, 0.93])
# Of somebody new to the role, growing evenly to 1 over the ramp: chance to win, and share of the work.
NEWCOMER_WINS, NEWCOMER_LOAD = 0.6, 0.4
RAMP_DAYS = 180
_MOST = 0.95
_SCALINGS = 6


def win_chances(company: Company, deals: Frame, usd: Ints, cleared: Flags) -> Floats:
    """Chance of each opportunity to be won; 0 where it doesn't clear the bar. `usd` is its size in any unit.

    Reads function, segment, created, owner, owner_role, creator_role.
    """
    factor = rep_effect(company, deals) * SEGMENT_EFFECT[deals["segment"]] * SEASON_EFFECT[season(deals["created"])]
    for (source, role), effect in CREATOR_EFFECT.items():
        rows = (deals["function"] == source) & (deals["creator_role"] == role)
        factor = np.where(rows, factor * effect, factor)
    chance = np.zeros(len(factor))
    for source in range(len(FUNCTIONS)):
        rows = np.flatnonzero((deals["function"] == source) & cleared)
        chance[rows] = _scaled(factor[rows], usd[rows].astype(np.float64), YIELD[source])
    return chance


def rep_effect(company: Company, deals: Frame) -> Floats:
    """Skill of each opportunity's owner, less while new to the role."""
    since = np.where(deals["owner_role"] == AM, started_as(company, AM)[deals["owner"]], full(len(deals["owner"]), 0))
    since = np.where(deals["owner_role"] == AE, started_as(company, AE)[deals["owner"]], since)
    return company.skill[deals["owner"]] * ramp(deals["created"] - since, NEWCOMER_WINS)


def ramp(time: Ints, least: float) -> Floats:
    """Share of full strength after some time in a role (seconds): `least` at first, 1 from the end of the ramp on."""
    return least + (1 - least) * np.clip(time / (RAMP_DAYS * DAY), 0, 1)


def started_as(company: Company, role: int) -> Ints:
    """Instant at which each user first held a role; in the far future for those who never did."""
    spans = company.spans
    held = spans["role"] == role
    first = full(len(company.users["role"]), 2**40)
    np.minimum.at(first, spans["user"][held], spans["valid_from"][held])
    return first


def season(at: Ints) -> Ints:
    """Calendar quarter of each instant, from 0."""
    return at.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12 // 3


def _scaled(factor: Floats, weight: Floats, mean: float) -> Floats:
    """`factor` scaled so that its weighted mean is the asked one although no chance exceeds the greatest allowed."""
    chance = factor
    for _ in range(_SCALINGS):
        reached = (chance * weight).sum()
        if reached > 0:
            chance = np.minimum(chance * (mean * weight.sum() / reached), _MOST)
    return chance
