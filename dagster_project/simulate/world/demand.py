"""Marketing and partner demand that the CRM knows: who was in which campaign, and whether they answered.

Campaigns are in `campaigns`, what marketing automation alone sees in `marketing`, sales activity in `activities`. Rows
are people by number (`customers.build_people`).
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, choose, concat, explode, full, stream, take, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later
from dagster_project.simulate.vocabulary import (
    CAMPAIGN_TYPES,
    HAND_RAISE_WEIGHTS,
    INTEREST_TYPES,
    INTEREST_WEIGHTS,
    MARKETING_HAND_RAISES,
    TRADE_SHOW,
)
from dagster_project.simulate.world.campaigns import campaign_of

QUIET, INTEREST, HAND_RAISE = range(3)
_FAIR_UPLOAD = 4 * DAY
_LONG_BEFORE, _FOR_LONG = 200 * DAY, 20 * DAY


def build_touches(
    options: Options, timeline: Timeline, campaigns: Frame, deals: Frame, people: Frame, primary: Ints
) -> Frame:
    """Campaign members, by instant.

    Columns: person, campaign, level (QUIET, INTEREST, HAND_RAISE), at (response, or addition where nobody responded),
    added_at. Hand-raises of opportunities lie in the weeks before creation. Nothing falls into a silent window.
    """
    rng = stream(options.seed, "touches")
    touches = concat(
        [
            _originating(rng, timeline, deals, primary),
            _scanned(timeline, deals, primary),
            _influencing(rng, timeline, deals, people),
            _unconverted(rng, timeline, people),
        ]
    )
    return _settle(rng, timeline, campaigns, deals, people, touches)


def _touch(timeline: Timeline, person: Ints, kind: Ints, level: Ints, at: Ints, last: Ints) -> Frame:
    return {
        "person": person,
        "campaign": campaign_of(timeline, kind, at),
        "kind": kind,
        "level": level,
        "at": at,
        "last": last,
    }


def _originating(rng: np.random.Generator, timeline: Timeline, deals: Frame, primary: Ints) -> Frame:
    raised = np.flatnonzero(deals["raised_by"] != NULL)
    # At least a working day earlier, so that whoever follows up does so after the hand went up; forms come at any hour.
    at = later(deals["created"][raised], -(1 + 10 * rng.random(len(raised)) ** 2))
    at -= whole(rng.random(len(raised)) * 14 * HOUR)
    kind = deals["raised_by"][raised]
    return _touch(timeline, primary[raised], kind, full(len(raised), HAND_RAISE), at, deals["created"][raised])


def _scanned(timeline: Timeline, deals: Frame, primary: Ints) -> Frame:
    """Visits of trade shows by primary contacts, just before creation, that the CRM learns of just after it."""
    rows = np.flatnonzero(deals["scanned"])
    # A quarter has one fair.
    at, count = deals["created"][rows], len(rows)
    last = full(count, timeline.end)
    return _touch(timeline, primary[rows], full(count, TRADE_SHOW), full(count, INTEREST), at, last)


def _influencing(rng: np.random.Generator, timeline: Timeline, deals: Frame, people: Frame) -> Frame:
    """Touches of buying groups that ask for nothing, from when somebody is known to the end of the life.

    Who is known long before the opportunity is so for what marketing did then.
    """
    group = np.flatnonzero(people["deal"] != NULL)
    deal = people["deal"][group]
    early = np.maximum(people["known_at"][group], deals["created"][deal] - _LONG_BEFORE)
    for_long = early < deals["created"][deal] - _FOR_LONG
    row, _ = explode(rng.poisson(np.where(for_long, 2.6, 1.0)))
    person = group[row]
    deal = people["deal"][person]
    begin, end = early[row], deals["life_end"][deal]
    at = begin + whole(rng.random(len(person)) * (end - begin))
    first = np.append(True, row[1:] != row[:-1])
    at = np.minimum(np.where(first & for_long[row], begin + 2 * HOUR, at), end - 1)
    kind = np.array(INTEREST_TYPES)[choose(rng, INTEREST_WEIGHTS, len(person))]
    level = choose(rng, (0.35, 0.65), len(person))
    quiet = (deals["quiet_from"][deal] <= at) & (at < deals["quiet_to"][deal])
    return take(_touch(timeline, person, kind, level, at, end), ~quiet)


def _unconverted(rng: np.random.Generator, timeline: Timeline, people: Frame) -> Frame:
    """Touches of people without an opportunity. Only strangers raise a hand: colleagues of buyers would be evidence."""
    others = np.flatnonzero(people["deal"] == NULL)
    row, _ = explode(rng.poisson(1.6, len(others)))
    person = others[row]
    begin = people["known_at"][person]
    at = begin + whole(rng.random(len(person)) ** 2 * (timeline.end - begin))
    level = choose(rng, (0.45, 0.4, 0.15), len(person))
    level = np.where((level == HAND_RAISE) & (people["domain_of"][person] != NULL), INTEREST, level)
    kind = np.array(INTEREST_TYPES)[choose(rng, INTEREST_WEIGHTS, len(person))]
    asking = np.array(MARKETING_HAND_RAISES)[choose(rng, HAND_RAISE_WEIGHTS, len(person))]
    kind = np.where(level == HAND_RAISE, asking, kind)
    return _touch(timeline, person, kind, level, at, full(len(person), timeline.end))


def _settle(
    rng: np.random.Generator, timeline: Timeline, campaigns: Frame, deals: Frame, people: Frame, touches: Frame
) -> Frame:
    """Dates as the systems give them: mailings precede answers, trade-show scans are uploaded together afterwards."""
    kind, level, campaign = touches["kind"], touches["level"], touches["campaign"]
    quiet_words = np.array([item.quiet != "" for item in CAMPAIGN_TYPES])
    interest_words = np.array([item.interest != "" for item in CAMPAIGN_TYPES])
    has_word = np.where(level == QUIET, quiet_words[kind], (level == HAND_RAISE) | interest_words[kind])
    mailed = quiet_words[kind] & (kind != TRADE_SHOW) & (level > QUIET)
    added = np.where(mailed, touches["at"] - whole((0.2 + 6 * rng.random(len(kind))) * DAY), touches["at"])
    fair = kind == TRADE_SHOW
    upload = campaigns["ends_at"][campaign] + _FAIR_UPLOAD + 9 * HOUR + (touches["person"] % 1800)
    at = np.where(fair, upload, touches["at"])
    added = np.where(fair, upload, added)
    known = people["known_at"][touches["person"]]
    # Only a hand-raise makes somebody known; mailings reach those who are.
    added = np.maximum(added, np.minimum(known, at))
    deal = people["deal"][touches["person"]]
    own = np.maximum(deal, 0)
    happened = np.where(fair, at - 8 * DAY, at)
    silent = (deal != NULL) & (level != HAND_RAISE)
    silent &= (deals["quiet_from"][own] <= happened) & (happened < deals["quiet_to"][own])
    kept = has_word & ~silent & (at < touches["last"]) & ((level == HAND_RAISE) | (at >= known))
    found: Frame = {
        "person": touches["person"],
        "campaign": campaign,
        "kind": kind,
        "level": level,
        "at": at,
        "added_at": np.maximum(added, campaigns["created"][campaign] + HOUR),
    }
    found["added_at"] = np.minimum(found["added_at"], at)
    found = take(found, kept)
    found = take(found, np.lexsort((found["campaign"], found["person"], found["at"])))
    pair = found["person"] * len(campaigns["type"]) + found["campaign"]
    _, first = np.unique(pair[np.argsort(-found["level"], kind="stable")], return_index=True)
    single = np.sort(np.argsort(-found["level"], kind="stable")[first])
    return take(found, single)
