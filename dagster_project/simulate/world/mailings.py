"""E-mails to many: what marketing sends, who opens and clicks, and the security scanners that click every link.

A scanner is the recipient's mail server trying each link as the e-mail arrives; nobody has read anything.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, choose, concat, explode, full, stream, take, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, working_instant, working_seconds
from dagster_project.simulate.vocabulary import CAMPAIGN_TYPES, LINKS
from dagster_project.simulate.world.demand import INTEREST

VISIT, FORM, SENT, DELIVERED, BOUNCED, OPENED, CLICKED = range(7)
_EMAIL = 4
# How many e-mails a campaign of each type sends in its quarter.
_PER_CAMPAIGN = {0: 2, 3: 3, _EMAIL: 6}
_PER_PERSON_AND_QUARTER = 0.12
_BOUNCES, _OPENS, _CLICKS = 0.02, 0.32, 0.18


def build_mailings(timeline: Timeline, campaigns: Frame) -> Frame:
    """Mailings in order of their instants, in working hours. Columns: campaign, at."""
    parts: list[Frame] = []
    for kind, count in _PER_CAMPAIGN.items():
        campaign = np.repeat(np.flatnonzero(campaigns["type"] == kind), count)
        place = np.arange(len(campaign)) % count
        length = campaigns["ends_at"][campaign] - campaigns["starts_at"][campaign]
        at = campaigns["starts_at"][campaign] + length * (2 * place + 1) // (2 * count) + kind * DAY
        parts.append({"campaign": campaign, "at": working_instant(working_seconds(at)) + HOUR})
    mailings = concat(parts)
    mailings = take(mailings, mailings["at"] < timeline.end - DAY)
    return take(mailings, np.lexsort((mailings["campaign"], mailings["at"])))


def mailed(
    options: Options, timeline: Timeline, mailings: Frame, people: Frame, touches: Frame, window: tuple[Ints, Ints]
) -> Frame:
    """Everything that happened to e-mails: rows of `marketing.build_marketing`. `window` bounds each person's."""
    rng = stream(options.seed, "mailings")
    letters = _letters(rng, timeline, mailings, people, touches, window)
    count = len(letters["person"])
    sent = mailings["at"][letters["mailing"]] + letters["person"] * 7_919 % 900
    arrived = sent + 2 + letters["person"] % 4
    bounced = (letters["touch"] == NULL) & (rng.random(count) < _BOUNCES)
    parts = [_rows(letters, SENT, sent), _rows(letters, np.where(bounced, BOUNCED, DELIVERED), arrived)]
    letters, arrived = take(letters, ~bounced), arrived[~bounced]
    parts.extend(_scanned(rng, options, people, letters, arrived))
    parts.extend(_read(rng, letters, arrived, touches))
    return concat(parts)


def _letters(
    rng: np.random.Generator,
    timeline: Timeline,
    mailings: Frame,
    people: Frame,
    touches: Frame,
    window: tuple[Ints, Ints],
) -> Frame:
    """Who gets which mailing, at most once; `touch` is the campaign response that it led to (NULL: none)."""
    first, last = (np.searchsorted(mailings["at"], edge) for edge in window)
    quarters = (window[1] - window[0]) / (91 * DAY)
    person, _ = explode(rng.poisson(np.maximum(quarters, 0) * _PER_PERSON_AND_QUARTER))
    mailing = first[person] + whole(rng.random(len(person)) * (last - first)[person])
    drawn = {"person": person, "mailing": mailing, "touch": full(len(person))}
    drawn = take(drawn, (last > first)[person] & (people["merged_into"][person] == NULL))
    # Who is a campaign member for having clicked did so in the campaign's e-mail before.
    clicked = np.flatnonzero((touches["level"] == INTEREST) & (touches["kind"] == _EMAIL))
    kinds = len(CAMPAIGN_TYPES)
    of_email = np.flatnonzero(mailings["campaign"] % kinds == _EMAIL)
    place = np.searchsorted(mailings["at"][of_email], touches["at"][clicked] - HOUR) - 1
    found = of_email[np.maximum(place, 0)]
    fits = (place >= 0) & (mailings["campaign"][found] == touches["campaign"][clicked])
    asked = {"person": touches["person"][clicked], "mailing": found, "touch": clicked}
    letters = concat([take(asked, fits), drawn])
    _, single = np.unique(letters["person"] * len(mailings["at"]) + letters["mailing"], return_index=True)
    return take(letters, single)


def _rows(letters: Frame, kind: int | Ints, at: Ints, link: Ints | None = None, is_bot: bool = False) -> Frame:
    count = len(letters["person"])
    return {
        "person": letters["person"],
        "kind": np.broadcast_to(np.asarray(kind, dtype=np.int64), count).copy(),
        "at": at,
        "mailing": letters["mailing"],
        "asset": full(count) if link is None else link,
        "touch": letters["touch"] if isinstance(kind, int) and kind == CLICKED and not is_bot else full(count),
        "is_bot": np.full(count, is_bot),
    }


def _scanned(rng: np.random.Generator, options: Options, people: Frame, letters: Frame, arrived: Ints) -> list[Frame]:
    """Opens and clicks of scanners: every link within ten seconds. A company has one for all its people, or none."""
    domain = people["domain_of"][letters["person"]]
    company = np.where(domain == NULL, -1 - letters["person"], domain)
    names, group = np.unique(company, return_inverse=True)
    order = np.argsort(rng.permutation(len(names))[group], kind="stable")
    rows = np.sort(order[: round(options.rates.bot_clicks * len(group))])
    caught, when = take(letters, rows), arrived[rows]
    link, _ = explode(full(len(LINKS), len(rows)))
    every = np.tile(np.arange(len(rows)), len(LINKS))
    opened = _rows(caught, OPENED, when + 1, is_bot=True)
    clicked = _rows(take(caught, every), CLICKED, when[every] + 2 + link + every % 3, link, is_bot=True)
    return [opened, clicked]


def _read(rng: np.random.Generator, letters: Frame, arrived: Ints, touches: Frame) -> list[Frame]:
    """Opens and clicks of people, minutes to days after the e-mail came."""
    count = len(arrived)
    asked = letters["touch"] != NULL
    opened = asked | (rng.random(count) < _OPENS)
    opened_at = arrived + 120 + whole(rng.exponential(0.9 * DAY, count))
    clicked = asked | (opened & (rng.random(count) < _CLICKS))
    clicked_at = opened_at + 5 + whole(rng.random(count) * 300)
    meant = touches["at"][np.maximum(letters["touch"], 0)]
    clicked_at = np.where(asked, meant, clicked_at)
    opened_at = np.where(asked, meant - 30, opened_at)
    link = choose(rng, (0.7, 0.2, 0.1), count)
    return [
        _rows(take(letters, opened), OPENED, opened_at[opened]),
        _rows(take(letters, clicked), CLICKED, clicked_at[clicked], link[clicked]),
    ]
