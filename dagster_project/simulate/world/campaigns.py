"""Campaigns: what marketing and partner managers run, when, and what it costs.

Who was in them is in `demand`, what those people did beside them in `marketing`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import Frame, Ints, stream, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline
from dagster_project.simulate.vocabulary import CAMPAIGN_TYPES, PARTNER_CAMPAIGN, TRADE_SHOW
from dagster_project.simulate.world.company import MARKETER, PARTNER_MANAGER, Company

EARLIER_QUARTERS = 3
_FAIR_STARTS, _FAIR_DAYS = 40 * DAY, 3 * DAY


def build_campaigns(options: Options, timeline: Timeline, company: Company) -> Frame:
    """One campaign per type and quarter, from three quarters before the history on; trade shows last three days.

    Columns: type, starts_at, ends_at, budget and cost (cents of USD, as many times the type's as the company has pods),
    owner, created. `campaign_of` gives the row.
    """
    rng = stream(options.seed, "campaigns")
    before = timeline.start - np.arange(EARLIER_QUARTERS, 0, -1) * 92 * DAY
    starts = np.concatenate([before, timeline.quarter_starts[:-1]])
    ends = np.append(starts[1:], timeline.end) - DAY
    kinds, quarters = len(CAMPAIGN_TYPES), len(starts)
    kind = np.tile(np.arange(kinds), quarters)
    begins, finishes = np.repeat(starts, kinds), np.repeat(ends, kinds)
    fair = kind == TRADE_SHOW
    begins = np.where(fair, begins + _FAIR_STARTS, begins)
    finishes = np.where(fair, begins + _FAIR_DAYS - DAY, finishes)
    budget = np.array([item.budget for item in CAMPAIGN_TYPES])[kind] * 100 * company.pods.stop
    cost = whole(budget * (0.8 + 0.4 * rng.random(len(kind))) / 100) * 100
    marketers, partners = company.staff(MARKETER), company.staff(PARTNER_MANAGER)
    owner = np.where(kind == PARTNER_CAMPAIGN, partners[kind % len(partners)], marketers[kind % len(marketers)])
    created = np.repeat(starts, kinds) - 12 * DAY + 10 * HOUR
    return {
        "type": kind,
        "starts_at": begins,
        "ends_at": finishes,
        "budget": budget,
        "cost": cost,
        "owner": owner,
        "created": created,
    }


def campaign_of(timeline: Timeline, kind: Ints, at: Ints) -> Ints:
    """Campaign of a type that runs at each instant."""
    earlier = (at - timeline.start) // (92 * DAY)
    quarter = np.where(at < timeline.start, np.maximum(earlier, -EARLIER_QUARTERS), timeline.quarter_of(at))
    return (quarter + EARLIER_QUARTERS) * len(CAMPAIGN_TYPES) + kind
