"""What marketing automation sees of people: web visits, form fills, and e-mails with their opens and clicks.

Of all this the CRM knows the campaign members alone (`demand`); a hand-raise there is the same event as the form here.
Visits, opens and clicks are interest at most and never evidence of a source; nobody fills out a form without raising a
hand. People come in episodes, loop over the same pages, vanish for months and come back, or never do.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import (
    NULL,
    Flags,
    Frame,
    Ints,
    choose,
    concat,
    explode,
    full,
    sample,
    stream,
    take,
    whole,
)
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline
from dagster_project.simulate.vocabulary import CAMPAIGN_PAGES, PAGE_WEIGHTS, PAGES, PARTNER_CAMPAIGN
from dagster_project.simulate.world.campaigns import campaign_of
from dagster_project.simulate.world.demand import HAND_RAISE, INTEREST
from dagster_project.simulate.world.mailings import FORM, OPENED, VISIT, mailed

_VISITORS, _COMES_BACK, _FROM_ADVERTS = 0.22, 0.25, 0.3
_ADVERTS = np.array([2, 3, 4])
_BEFORE, _AFTER = 320 * DAY, 45 * DAY
_PURGED_AFTER = 20 * DAY


def build_marketing(
    options: Options, timeline: Timeline, mailings: Frame, deals: Frame, people: Frame, touches: Frame
) -> Frame:
    """Everything that marketing automation recorded, by instant.

    Columns: person (never a duplicate), kind (VISIT, FORM, SENT, DELIVERED, BOUNCED, OPENED, CLICKED), at, mailing (row
    of `mailings`, NULL: none), campaign (NULL: none), asset (page of a visit or form, link of a click; else NULL),
    touch (row of `touches` that is the same event; NULL: the CRM doesn't know it), is_bot.
    """
    rng = stream(options.seed, "marketing")
    window = _windows(rng, timeline, deals, people)
    parts = [
        _visits(rng, people, window),
        _answers(touches),
        mailed(options, timeline, mailings, people, touches, window),
    ]
    found = concat(parts)
    found = take(found, (found["at"] < timeline.end) & ~_silent(deals, people, found))
    found["campaign"] = _campaigns(rng, timeline, mailings, touches, found)
    return take(found, np.lexsort((found["asset"], found["kind"], found["person"], found["at"])))


def _windows(rng: np.random.Generator, timeline: Timeline, deals: Frame, people: Frame) -> tuple[Ints, Ints]:
    """From when until when marketing may meet each person; people of a deal up to a year before it."""
    count = len(people["deal"])
    deal = np.maximum(people["deal"], 0)
    early = np.minimum(people["known_at"], deals["created"][deal]) - whole(rng.random(count) * _BEFORE)
    begin = np.where(people["deal"] == NULL, people["known_at"] - whole(rng.random(count) * 60) * DAY, early)
    end = np.where(people["deal"] == NULL, timeline.end, deals["life_end"][deal] + _AFTER)
    return np.maximum(begin, timeline.start - 270 * DAY), np.minimum(end, timeline.end - 2 * DAY)


def _visits(rng: np.random.Generator, people: Frame, window: tuple[Ints, Ints]) -> Frame:
    """Visits of the web site, in one to three episodes with months of silence between them."""
    begin, end = window
    visitor = np.flatnonzero((rng.random(len(begin)) < _VISITORS) & (people["merged_into"] == NULL))
    first = begin[visitor] + whole(rng.random(len(visitor)) * np.maximum(end - begin, 1)[visitor])
    row, number = explode(1 + rng.binomial(2, _COMES_BACK, len(visitor)))
    started = first[row] + number * whole((70 + 140 * rng.random(len(row))) * DAY)
    episode, place = explode(1 + rng.poisson(0.9, len(row)))
    at = started[episode] + whole(rng.random(len(episode)) * np.minimum(place, 5) * 3 * DAY)
    person = visitor[row[episode]]
    page = choose(rng, PAGE_WEIGHTS, len(person))
    # Within an episode people come back to the page that they began with.
    page = np.where((place > 0) & (rng.random(len(person)) < 0.4), page[np.arange(len(person)) - place], page)
    visits: Frame = {
        "person": person,
        "kind": full(len(person), VISIT),
        "at": at,
        "mailing": full(len(person)),
        "asset": page,
        "touch": full(len(person)),
        "is_bot": np.zeros(len(person), dtype=np.bool_),
    }
    return take(visits, at < end[person])


def _answers(touches: Frame) -> Frame:
    """The forms behind the hand-raises, and the visits behind the campaign responses on the web site."""
    level, kind = touches["level"], touches["kind"]
    form = (level == HAND_RAISE) & (kind != PARTNER_CAMPAIGN)
    page = np.array(CAMPAIGN_PAGES)[kind]
    rows = np.flatnonzero(form | ((level == INTEREST) & (page != NULL)))
    return {
        "person": touches["person"][rows],
        "kind": np.where(form[rows], FORM, VISIT),
        "at": touches["at"][rows],
        "mailing": full(len(rows)),
        "asset": np.where(page[rows] == NULL, PAGES.index("contact"), page[rows]),
        "touch": rows,
        "is_bot": np.zeros(len(rows), dtype=np.bool_),
    }


def _silent(deals: Frame, people: Frame, found: Frame) -> Flags:
    """What people can't have done in their opportunity's silent window; what was sent and scanned stays."""
    deal = people["deal"][found["person"]]
    own = np.maximum(deal, 0)
    inside = (deal != NULL) & (deals["quiet_from"][own] <= found["at"]) & (found["at"] < deals["quiet_to"][own])
    by_hand = (found["kind"] <= FORM) | (found["kind"] >= OPENED)
    return inside & by_hand & ~found["is_bot"] & (found["touch"] == NULL)


def _campaigns(rng: np.random.Generator, timeline: Timeline, mailings: Frame, touches: Frame, found: Frame) -> Ints:
    """Campaign of each row: the mailing's, the response's, or that of the advertisement which led to a visit."""
    count = len(found["at"])
    from_advert = (found["kind"] == VISIT) & (rng.random(count) < _FROM_ADVERTS)
    advert = campaign_of(timeline, _ADVERTS[choose(rng, (0.6, 0.3, 0.1), count)], found["at"])
    campaign = np.where(from_advert, advert, NULL)
    campaign = np.where(found["touch"] == NULL, campaign, touches["campaign"][np.maximum(found["touch"], 0)])
    return np.where(found["mailing"] == NULL, campaign, mailings["campaign"][np.maximum(found["mailing"], 0)])


def purge(options: Options, timeline: Timeline, people: Frame, marketing: Frame, touches: Frame) -> Frame:
    """People with `purged_at`: when marketing automation erased them (NULL: not), weeks after all they did there."""
    rng = stream(options.seed, "purges")
    last = people["known_at"].copy()
    np.maximum.at(last, marketing["person"], marketing["at"])
    np.maximum.at(last, touches["person"], touches["at"])
    at = last + _PURGED_AFTER + whole(rng.random(len(last)) * 30 * DAY)
    doubled = np.zeros(len(last), dtype=np.bool_)
    doubled[people["merged_into"][people["merged_into"] != NULL]] = True
    idle = (people["deal"] == NULL) & (people["merged_into"] == NULL) & ~doubled & (at < timeline.end - HOUR)
    wanted = round(options.rates.purged_leads * (people["deal"] == NULL).sum())
    return people | {"purged_at": np.where(sample(rng, idle, wanted), at, NULL)}
