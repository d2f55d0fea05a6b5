"""What the CRM says about where opportunities came from: the claimed source at creation and every later edit of it.

The truth is `function` of the deals; the evidence for it is in `demand` and `activities`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, choose, full, sample, stream, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later
from dagster_project.simulate.vocabulary import (
    CAMPAIGN_TYPES,
    CLAIMS,
    FREE_TRIAL,
    HAND_RAISE_WEIGHTS,
    MARKETING,
    MARKETING_HAND_RAISES,
    MIGRATED_FROM,
    MIGRATED_TO,
    OUTBOUND_SDR,
    PARTNER,
    PARTNER_CAMPAIGN,
    PRODUCT_LED,
    SOURCE_NUMBER,
)
from dagster_project.simulate.world.company import MARKETER, OPS, Company

AS_IS, RELABELED, CORRECTED, FIRST_FILL, MIGRATED, MISLABELED = range(6)
LABEL_STORIES = ("", "relabeled", "corrected", "first_fill", "migrated", "mislabeled")
BY_SOURCE, BY_CAMPAIGN, ON_LEAD = range(3)
RELABEL_WAYS = ("source", "campaign", "lead")
_MIGRATION_LEAST = 50
_PARTNERS_RELABELED = 0.35
_FAVOURITES = np.array([SOURCE_NUMBER[name] for name in ("Webinar", "Trade Show", "Content", "Paid Search")])
_FAVOURITE_CAMPAIGNS = np.array([0, 1, 3, 2])


def label(options: Options, timeline: Timeline, company: Company, deals: Frame) -> Frame:
    """Add to the deals how each was labelled and relabelled.

    `raised_by` campaign type of the originating hand-raise (NULL: none), `claim` LeadSource at creation, `story` one of
    the label stories, `way` how a relabeled one was done, `relabeled_at`, `new_claim`, `relabeled_by`.
    """
    rng = stream(options.seed, "labels")
    count, function = len(deals["created"]), deals["function"]
    raised = np.array(MARKETING_HAND_RAISES)[choose(rng, HAND_RAISE_WEIGHTS, count)]
    raised = np.where(function == PRODUCT_LED, FREE_TRIAL, np.where(function == PARTNER, PARTNER_CAMPAIGN, raised))
    raised = np.where((function == MARKETING) | (function == PRODUCT_LED) | (function == PARTNER), raised, NULL)
    claim = full(count)
    for code, shares in CLAIMS.items():
        names = [SOURCE_NUMBER[name] for name in shares]
        claim = np.where(function == code, np.array(names)[choose(rng, list(shares.values()), count)], claim)
    by_type = np.array([SOURCE_NUMBER[kind.claim] for kind in CAMPAIGN_TYPES])
    claim = np.where(function == MARKETING, by_type[np.maximum(raised, 0)], claim)
    story = _stories(rng, options, timeline, deals)
    favourite = rng.integers(0, len(_FAVOURITES), count)
    # Only a partner's opportunity has a campaign to swap; only outbound leads are known for days before they convert.
    brought = np.where(rng.random(count) < 0.5, BY_SOURCE, BY_CAMPAIGN)
    way = np.where(function == PARTNER, brought, np.where(rng.random(count) < 0.7, BY_SOURCE, ON_LEAD))
    relabeled = story == RELABELED
    new_claim = np.where(relabeled | (story == MISLABELED), _FAVOURITES[favourite], claim)
    new_claim = np.where(story == MIGRATED, MIGRATED_TO, new_claim)
    first = np.where(story == CORRECTED, SOURCE_NUMBER["Outbound - SDR"], claim)
    first = np.where(story == FIRST_FILL, NULL, first)
    first = np.where(story == MIGRATED, MIGRATED_FROM, first)
    first = np.where((story == MISLABELED) | (relabeled & (way == ON_LEAD)), new_claim, first)
    marketers, ops = company.staff(MARKETER), int(company.staff(OPS)[0])
    at = later(deals["created"], 1.8 + 30 * rng.random(count) ** 2)
    at = np.minimum(at, later(full(count, timeline.end), -0.5 - rng.random(count)))
    migration = later(full(count, timeline.start + int((timeline.end - timeline.start) * 0.6)), 0.1)
    at = np.where(story == MIGRATED, migration + rng.integers(0, HOUR // 2, count), at)
    by = np.where(relabeled, marketers[rng.integers(0, len(marketers), count)], ops)
    return deals | {
        "raised_by": raised,
        "true_claim": claim,
        "claim": first,
        "story": story,
        "way": np.where(relabeled, way, NULL),
        "relabeled_at": np.where((story == AS_IS) | (story == MISLABELED), NULL, at),
        "new_claim": new_claim,
        "new_campaign_type": np.where(relabeled & (way == BY_CAMPAIGN), _FAVOURITE_CAMPAIGNS[favourite], NULL),
        "relabeled_by": np.where(story == FIRST_FILL, deals["owner"], by),
    }


def _stories(rng: np.random.Generator, options: Options, timeline: Timeline, deals: Frame) -> Ints:
    """One label story per opportunity at most; those whose later edit would fall past their life have none."""
    rates, function = options.rates, deals["function"]
    count = len(function)
    marketing = (function == MARKETING) | (function == PRODUCT_LED)
    long = (deals["created"] < timeline.end - 10 * DAY) & (deals["deleted_at"] == NULL)
    story = full(count, AS_IS)
    moved_at = timeline.start + int((timeline.end - timeline.start) * 0.6)
    old = (function == OUTBOUND_SDR) & (deals["created"] < moved_at - 4 * DAY) & (deals["deleted_at"] == NULL)
    wanted = round(rates.migrated * count)
    if wanted and min(wanted, int(old.sum())) >= _MIGRATION_LEAST:
        story = np.where(sample(rng, old, wanted), MIGRATED, story)
    for code, eligible, asked in (
        (RELABELED, long & (function == PARTNER), rates.relabeled * (~marketing).sum() * _PARTNERS_RELABELED),
        (
            RELABELED,
            long & (function <= OUTBOUND_SDR),
            rates.relabeled * (~marketing).sum() * (1 - _PARTNERS_RELABELED),
        ),
        (CORRECTED, long & (function == MARKETING), rates.corrected * marketing.sum()),
        (FIRST_FILL, long, rates.first_fill * count),
        (MISLABELED, ~marketing, rates.mislabeled * count),
    ):
        story = np.where(sample(rng, eligible & (story == AS_IS), round(float(asked))), code, story)
    return story


def lead_relabels(deals: Frame, people: Frame, person: Ints) -> Ints:
    """Instant at which the lead of each `person` was relabeled before it converted; NULL where it wasn't."""
    deal = people["deal"][person]
    found = deals["way"][np.maximum(deal, 0)] == ON_LEAD
    middle = (people["known_at"][person] + np.maximum(people["converted_at"][person], 0)) // 2
    return np.where((deal != NULL) & people["is_primary"][person] & found, whole(middle), NULL)
