"""What the CRM says about where opportunities came from: the claimed source at creation and every later edit of it.

The truth is `function` of the deals; the evidence for it is in `demand` and `activities`. Stories are those of
METRICS.md section 4: relabeled and mislabeled ones are findings, the others only look like them.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import (
    NULL,
    Flags,
    Floats,
    Frame,
    Ints,
    choose,
    full,
    sample,
    spread,
    stream,
    whole,
)
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later, working_instant, working_seconds
from dagster_project.simulate.vocabulary import (
    CAMPAIGN_TYPES,
    CLAIMS,
    FREE_TRIAL,
    HAND_RAISE_WEIGHTS,
    MARKETING,
    MARKETING_HAND_RAISES,
    MIGRATED_FROM,
    MIGRATED_TO,
    OUTBOUND_AE,
    OUTBOUND_SDR,
    PARTNER,
    PARTNER_CAMPAIGN,
    PRODUCT_LED,
    SOURCE_NUMBER,
    TRADE_SHOW,
)
from dagster_project.simulate.world.company import MARKETER, OPS, SDR, Company
from dagster_project.simulate.world.pressure import Pressure

AS_IS, RELABELED, CORRECTED, FIRST_FILL, MIGRATED, MISLABELED = range(6)
LABEL_STORIES = ("", "relabeled", "corrected", "first_fill", "migrated", "mislabeled")
BY_SOURCE, BY_CAMPAIGN, ON_LEAD = range(3)
RELABEL_WAYS = ("source", "campaign", "lead")
# Within this time around a quarter's end sources are looked at, by those who bend them and by those who correct them.
AROUND_QUARTER_END = 14 * DAY
MIGRATION_LEAST = 50
_MIGRATION_PASSED = 0.6  # of the history
_PARTNERS_RELABELED, _UNSUPPORTED, _BY_OWNER = 0.35, 0.25, 0.2
# Upload of a trade show's badge scans is done by this time after its last day.
_SCANS_KNOWN = 5 * DAY
_GRACE_WORKDAYS = 1.8
_FAVOURITES = np.array([SOURCE_NUMBER[name] for name in ("Webinar", "Trade Show", "Content", "Paid Search")])
_FAVOURITE_CAMPAIGNS = np.array([0, 1, 3, 2])
_CLAIM_OF_KIND = np.array([SOURCE_NUMBER[kind.claim] for kind in CAMPAIGN_TYPES])
_SCALINGS = 8


def label(options: Options, timeline: Timeline, company: Company, campaigns: Frame, deals: Frame) -> Frame:
    """Add to the deals how each was labelled and relabelled.

    `raised_by` campaign type of the originating hand-raise (NULL: none), `true_claim` the LeadSource that is right,
    `claim` the one at creation (NULL: empty), `story` one of the label stories, `way` how a relabeled one was done,
    `relabeled_at` (on the lead: before creation), `relabeled_by`, `old_claim` and `new_claim` before and after it (what
    the new campaign stands for where one is swapped), `new_campaign_type` of a swapped campaign, `scanned` whether the
    primary contact's badge was scanned at a trade show shortly before creation and uploaded after it. Without an edit
    all of the edit's columns are NULL.
    """
    rng = stream(options.seed, "labels")
    raised, right = _true_labels(rng, deals)
    lean = Pressure.of(options, timeline, company).lean(deals)
    fair_end = _fair_end(timeline, campaigns, deals)
    # Nobody is at a fair in silence.
    speaks = (deals["quiet_from"] > fair_end + _SCANS_KNOWN) | (deals["quiet_to"] + _SCANS_KNOWN < fair_end)
    story, scanned = _stories(rng, options, timeline, company, deals, lean, (fair_end != NULL) & speaks)
    way = _ways(rng, options, timeline, deals, story, lean)
    right = np.where(scanned, SOURCE_NUMBER["Trade Show"], right)
    favourite = rng.integers(0, len(_FAVOURITES), len(story))
    bent = (story == RELABELED) | (story == MISLABELED)
    new = np.where(bent, _FAVOURITES[favourite], np.where(story == MIGRATED, MIGRATED_TO, right))
    old = np.where(story == CORRECTED, _typed_in(rng, deals), np.where(story == MIGRATED, MIGRATED_FROM, right))
    old = np.where(story == FIRST_FILL, NULL, old)
    edited = (story != AS_IS) & (story != MISLABELED)
    at = np.where(edited, _moments(rng, options, timeline, deals, story, way, np.where(scanned, fair_end, NULL)), NULL)
    by = _editors(rng, company, deals, story, way, at)
    return deals | {
        "raised_by": raised,
        "true_claim": right,
        "claim": np.where((story == MISLABELED) | (way == ON_LEAD), new, old),
        "story": story,
        "way": way,
        "relabeled_at": at,
        "relabeled_by": np.where(edited, by, NULL),
        "old_claim": np.where(edited, old, NULL),
        "new_claim": np.where(edited, new, NULL),
        "new_campaign_type": np.where(way == BY_CAMPAIGN, _FAVOURITE_CAMPAIGNS[favourite], NULL),
        "scanned": scanned,
    }


def lead_relabels(deals: Frame, people: Frame, person: Ints) -> Ints:
    """Instant at which the lead of each `person` was relabeled before it converted; NULL where it wasn't."""
    deal = people["deal"][person]
    own = np.maximum(deal, 0)
    found = (deal != NULL) & people["is_primary"][person] & (deals["way"][own] == ON_LEAD)
    return np.where(found, deals["relabeled_at"][own], NULL)


def _true_labels(rng: np.random.Generator, deals: Frame) -> tuple[Ints, Ints]:
    """Campaign type of the originating hand-raise (NULL: none), and the LeadSource that fits the true source."""
    function, count = deals["function"], len(deals["created"])
    raised = np.array(MARKETING_HAND_RAISES)[choose(rng, HAND_RAISE_WEIGHTS, count)]
    raised = np.where(function == PRODUCT_LED, FREE_TRIAL, np.where(function == PARTNER, PARTNER_CAMPAIGN, raised))
    raised = np.where((function == MARKETING) | (function == PRODUCT_LED) | (function == PARTNER), raised, NULL)
    claim = full(count)
    for code, shares in CLAIMS.items():
        names = [SOURCE_NUMBER[name] for name in shares]
        claim = np.where(function == code, np.array(names)[choose(rng, list(shares.values()), count)], claim)
    return raised, np.where(function == MARKETING, _CLAIM_OF_KIND[np.maximum(raised, 0)], claim)


def _stories(
    rng: np.random.Generator,
    options: Options,
    timeline: Timeline,
    company: Company,
    deals: Frame,
    lean: Floats,
    at_fair: Flags,
) -> tuple[Ints, Flags]:
    """One label story per opportunity at most, and whether a badge scan was behind a correction.

    Those whose later edit would fall past their life have no story with an edit.
    """
    rates, function, created = options.rates, deals["function"], deals["created"]
    count = len(function)
    marketing = (function == MARKETING) | (function == PRODUCT_LED)
    kept = deals["deleted_at"] == NULL
    long = kept & (created < timeline.end - 10 * DAY)
    old = (function == OUTBOUND_SDR) & kept & (created < _migration(timeline) - 4 * DAY)
    story = full(count, AS_IS)
    wanted = round(rates.migrated * count)
    if min(wanted, int(old.sum())) >= MIGRATION_LEAST:
        story = np.where(sample(rng, old, wanted), MIGRATED, story)
    even, size = np.ones(count), np.argsort(company.to_usd(deals["amount"], deals["currency"], created), kind="stable")
    relabeled = round(rates.relabeled * float((~marketing).sum()))
    brought = round(_PARTNERS_RELABELED * relabeled)
    mislabeled = round(rates.mislabeled * count)
    unsupported = round(_UNSUPPORTED * mislabeled)
    corrected = round(rates.corrected * float(marketing.sum()))
    scans = long & at_fair & (function == MARKETING)
    scanned = _draw(rng, np.where(scans, even, 0.0), round(rates.scanned * corrected), size)
    story = np.where(scanned, CORRECTED, story)
    for code, eligible, asked, weight in (
        (RELABELED, long & (function == PARTNER), brought, lean),
        (RELABELED, long & (function <= OUTBOUND_SDR), relabeled - brought, lean),
        (CORRECTED, long & (function == MARKETING), corrected - int(scanned.sum()), lean),
        (MISLABELED, ~marketing & ~deals["has_evidence"], unsupported, lean),
        (MISLABELED, ~marketing & deals["has_evidence"], mislabeled - unsupported, lean),
        (FIRST_FILL, long, round(rates.first_fill * count), even),
    ):
        chosen = _draw(rng, np.where(eligible & (story == AS_IS), weight, 0.0), asked, size)
        story = np.where(chosen, code, story)
    return story, scanned


def _ways(
    rng: np.random.Generator, options: Options, timeline: Timeline, deals: Frame, story: Ints, lean: Floats
) -> Ints:
    """How each relabeled one was done; NULL elsewhere.

    Only a partner's opportunity has a campaign to swap; only outbound leads are known for days before they convert.
    """
    rates, relabeled = options.rates, story == RELABELED
    brought = relabeled & (deals["function"] == PARTNER)
    swapped = sample(rng, brought, round(rates.relabeled_by_campaign * relabeled.sum()))
    # The lead's edit comes just before the opportunity, so that the pressure shows in which opportunities they are.
    near = _is_near_quarter_end(timeline, deals["created"] - DAY)
    weight = np.where(relabeled & ~brought, np.where(near, 3.0, 1.0) * lean, 0.0)
    on_lead = _draw(rng, weight, round(rates.relabeled_on_lead * relabeled.sum()), np.arange(len(story)))
    way = np.where(on_lead, ON_LEAD, np.where(swapped, BY_CAMPAIGN, BY_SOURCE))
    return np.where(relabeled, way, NULL)


def _moments(
    rng: np.random.Generator, options: Options, timeline: Timeline, deals: Frame, story: Ints, way: Ints, fair_end: Ints
) -> Ints:
    """When each edit is made: more than a day after creation, on leads before it, in the migration within the hour."""
    created, count = deals["created"], len(story)
    at = later(created, _GRACE_WORKDAYS + 30 * rng.random(count) ** 2)
    looked_at = (story == RELABELED) | (story == CORRECTED)
    hurried = sample(rng, looked_at, round(options.rates.relabeled_near_quarter_end * float(looked_at.sum())))
    at = np.where(hurried, _around_quarter_end(rng, timeline, later(created, _GRACE_WORKDAYS)), at)
    at = np.minimum(at, later(full(count, timeline.end), -0.5 - rng.random(count)))
    known = later(np.where(fair_end == NULL, 0, fair_end) + _SCANS_KNOWN, 0.1 + 3 * rng.random(count))
    at = np.where(fair_end == NULL, at, known)
    at = np.where(way == ON_LEAD, later(created, -(0.4 + 1.2 * rng.random(count))), at)
    return np.where(story == MIGRATED, _migration(timeline) + rng.integers(0, HOUR // 2, count), at)


def _around_quarter_end(rng: np.random.Generator, timeline: Timeline, earliest: Ints) -> Ints:
    """Working instants from `earliest` on, within two weeks of the first quarter end for which there is time."""
    end = timeline.next_quarter_start(earliest - AROUND_QUARTER_END)
    first = working_seconds(np.maximum(earliest, end - AROUND_QUARTER_END))
    last = working_seconds(np.minimum(end + AROUND_QUARTER_END, np.maximum(earliest, timeline.end)))
    return working_instant(first + whole(rng.random(len(earliest)) * np.maximum(last - first, 0)))


def _is_near_quarter_end(timeline: Timeline, at: Ints) -> Flags:
    """Whether a quarter's end lies within two weeks on either side."""
    return timeline.next_quarter_start(at - AROUND_QUARTER_END) <= at + AROUND_QUARTER_END


def _migration(timeline: Timeline) -> int:
    """When operations renamed a source in bulk: once for the whole company."""
    at = timeline.start + int((timeline.end - timeline.start) * _MIGRATION_PASSED)
    return int(later(np.array([at], dtype=np.int64), 0.1)[0])


def _fair_end(timeline: Timeline, campaigns: Frame, deals: Frame) -> Ints:
    """Last day of the trade show before an opportunity whose badge scans were uploaded after its creation; or NULL."""
    fairs = campaigns["type"] == TRADE_SHOW
    starts, ends = campaigns["starts_at"][fairs], campaigns["ends_at"][fairs]
    order = np.argsort(starts)
    position = np.searchsorted(starts[order], deals["created"] - DAY, side="right") - 1
    end = ends[order][np.maximum(position, 0)]
    fits = (position >= 0) & (deals["created"] < end + _SCANS_KNOWN - 2 * DAY) & (end + 3 * _SCANS_KNOWN < timeline.end)
    return np.where(fits, end, NULL)


def _typed_in(rng: np.random.Generator, deals: Frame) -> Ints:
    """The source that who creates an opportunity claims as the own work, whatever it came from."""
    own = full(len(deals["created"]))
    for code, mine in ((OUTBOUND_SDR, deals["creator_role"] == SDR), (OUTBOUND_AE, deals["creator_role"] != SDR)):
        names = np.array([SOURCE_NUMBER[name] for name in CLAIMS[code]])
        own = np.where(mine, names[choose(rng, list(CLAIMS[code].values()), len(own))], own)
    return own


def _editors(rng: np.random.Generator, company: Company, deals: Frame, story: Ints, way: Ints, at: Ints) -> Ints:
    """Who made each edit: marketers relabel, some far more than others, and a few owners; operations correct."""
    ops = int(company.staff(OPS)[0])
    by = full(len(story), ops)
    owner = deals["owner"]
    owners_here = _is_there(company, owner, at)
    by = np.where((story == FIRST_FILL) & owners_here, owner, by)
    rows = np.flatnonzero(story == RELABELED)
    marketers = company.staff(MARKETER)
    # The order of the staff is the same in every block, and so is who does most of it.
    weight = _is_there(company, marketers[None, :], at[rows][:, None]) / np.arange(1.0, len(marketers) + 1)
    edges = np.cumsum(weight, axis=1)
    position = (edges <= rng.random(len(rows))[:, None] * edges[:, -1:]).sum(axis=1)
    relabeler = marketers[np.minimum(position, len(marketers) - 1)]
    relabeler = np.where((rng.random(len(rows)) < _BY_OWNER) & owners_here[rows], owner[rows], relabeler)
    # Leads belong to the marketer who runs marketing automation.
    by[rows] = np.where(way[rows] == ON_LEAD, marketers[0], relabeler)
    return by


def _is_there(company: Company, user: Ints, at: Ints) -> Flags:
    ended = company.users["ended"][user]
    return (company.users["started"][user] <= at) & ((ended == NULL) | (at < ended))


def _draw(rng: np.random.Generator, weight: Floats, count: int, order: Ints) -> Flags:
    """`count` rows (all with a weight where there are fewer), by weight, evenly along `order`."""
    count = min(count, int((weight > 0).sum()))
    if count <= 0:
        return np.zeros(len(weight), dtype=np.bool_)
    chance = weight
    for _ in range(_SCALINGS):
        chance = np.minimum(chance * (count / chance.sum()), 1.0)
    found = spread(rng, chance, order)
    missing = count - int(found.sum())
    return found | sample(rng, (weight > 0) & ~found, missing) if missing > 0 else found
