"""What sales people did with people outside: e-mails, calls and meetings, and who answered.

Marketing touches are in `demand`. Silent windows hold no answer, so that a planted behaviour leaves no trace of a
conversation.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, choose, concat, explode, full, stream, take, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, later, working_instant, working_seconds
from dagster_project.simulate.vocabulary import MARKETING, OUTBOUND_AE, OUTBOUND_SDR, PRODUCT_LED
from dagster_project.simulate.world.behaviours import is_left
from dagster_project.simulate.world.changes import OWNER, value_at
from dagster_project.simulate.world.company import AE, SDR, Company
from dagster_project.simulate.world.conversations import assured
from dagster_project.simulate.world.handovers import stand_in
from dagster_project.simulate.world.patterns import (
    BOOKED,
    FAST_REJECTION,
    MEETING_BY_SDR,
    PADDING,
    PASS_THROUGH,
    PRICE_LOSS,
)

EMAIL_OUT, EMAIL_IN, CALL, MEETING = range(4)
DONE, UNANSWERED, CANCELLED, NO_SHOW, PLANNED = range(5)


def build_activities(
    options: Options,
    timeline: Timeline,
    company: Company,
    deals: Frame,
    events: Frame,
    changes: Frame,
    people: Frame,
    primary: Ints,
) -> Frame:
    """Activities by instant.

    Columns: kind, result, at, booked_at (when recorded first), seconds (length), person, deal (NULL before the
    opportunity exists or where there is none), owner, booked_by (who recorded it), guests (further people of the buying
    group in a meeting).
    `result` is DONE for sent e-mails, answers, connected calls and held meetings.
    """
    rng = stream(options.seed, "activities")
    parts = [
        _prospecting(rng, company, deals, primary),
        _follow_up(rng, deals, primary),
        _conversation(rng, deals, changes, people),
        _answers(rng, deals, changes, primary, *assured(rng, options, timeline, deals, events, changes)),
        _staged(rng, deals, changes, primary),
        _upcoming(rng, timeline, deals, changes, primary),
        _cold(rng, company, people),
    ]
    found = concat(parts)
    found = take(found, found["booked_at"] < timeline.end)
    past = (found["at"] < timeline.end) | (found["kind"] == MEETING)
    found = take(found, past)
    found["result"] = np.where(found["at"] + found["seconds"] >= timeline.end, PLANNED, found["result"])
    return take(found, np.lexsort((found["person"], found["kind"], found["at"])))


def _rows(kind: Ints, result: Ints, at: Ints, person: Ints, deal: Ints, owner: Ints, draw: np.ndarray) -> Frame:
    meeting = kind == MEETING
    talked = (kind == CALL) & (result == DONE)
    seconds = np.where(meeting, 1_800 + 1_800 * (draw < 0.5), np.where(talked, whole(90 + draw * 1_500), 0))
    seconds = np.where((kind == CALL) & ~talked, whole(draw * 20), seconds)
    booked = np.where(meeting, later(at, -(1 + 5 * draw)), at)
    return {
        "kind": kind,
        "result": result,
        "at": at,
        "booked_at": booked,
        "seconds": seconds.astype(np.int64),
        "person": person,
        "deal": deal,
        "owner": owner,
        "booked_by": owner,
        "guests": np.where(meeting, whole(draw * 3), 0),
    }


def _prospecting(rng: np.random.Generator, company: Company, deals: Frame, primary: Ints) -> Frame:
    """Outbound contact before creation; evidence of the source is an answer or a held meeting, all within 90 days."""
    outbound = (deals["function"] == OUTBOUND_AE) | (deals["function"] == OUTBOUND_SDR)
    rows = np.flatnonzero(outbound)
    proven = deals["has_evidence"][rows]
    count = len(rows)
    setter = np.where(deals["setter"][rows] == NULL, deals["creator"][rows], deals["setter"][rows])
    # Parked at creation: whatever was said was said long before.
    parked = deals["parked_at"][rows] == deals["created"][rows]
    first = later(deals["created"][rows], -np.where(parked, 20, 4) - np.where(parked, 6, 22) * rng.random(count))
    user, team = np.where(deals["function"][rows] == OUTBOUND_SDR, setter, deals["owner"][rows]), deals["team"][rows]
    by_ae = deals["function"][rows] == OUTBOUND_AE
    user[by_ae] = stand_in(rng, company, AE, team[by_ae], user[by_ae], first[by_ae])
    user[~by_ae] = stand_in(rng, company, SDR, company.sdr_team(team[~by_ae]), user[~by_ae], first[~by_ae])
    second = later(first, 1 + rng.random(count))
    answered = later(first, 2.2 + rng.random(count))
    draw = rng.random(count)
    nothing = full(count)
    kind = np.where(rng.random(count) < 0.7, EMAIL_OUT, CALL)
    parts = [
        _rows(kind, np.where(kind == CALL, UNANSWERED, DONE), first, primary[rows], nothing, user, draw),
        _rows(full(count, EMAIL_OUT), full(count, DONE), second, primary[rows], nothing, user, draw),
    ]
    way = choose(rng, (0.6, 0.25, 0.15), count)
    reply = np.array([EMAIL_IN, CALL, MEETING])[way]
    answer = _rows(reply, full(count, DONE), answered, primary[rows], nothing, user, draw)
    parts.append(take(answer, proven))
    met = _rows(full(count, MEETING), full(count, DONE), later(answered, 0.6), primary[rows], nothing, user, draw)
    parts.append(take(met, proven & (rng.random(count) < 0.5) & (deals["pattern"][rows] != PASS_THROUGH)))
    return concat(parts)


def _follow_up(rng: np.random.Generator, deals: Frame, primary: Ints) -> Frame:
    """First answer of the company to a hand-raise, hours after the opportunity's lead came in."""
    rows = np.flatnonzero((deals["function"] == MARKETING) | (deals["function"] == PRODUCT_LED))
    count = len(rows)
    at = later(deals["created"][rows], -(0.02 + 0.5 * rng.random(count)))
    draw = rng.random(count)
    kind = np.where(rng.random(count) < 0.5, EMAIL_OUT, CALL)
    return _rows(kind, full(count, DONE), at, primary[rows], full(count), deals["creator"][rows], draw)


def _conversation(rng: np.random.Generator, deals: Frame, changes: Frame, people: Frame) -> Frame:
    """E-mails, calls and meetings while the opportunity is open and doesn't stall; in silent windows nobody answers."""
    length = (deals["life_end"] - deals["created"]) / (7 * DAY)
    deal, _ = explode(1 + rng.poisson(np.minimum(length, 45) * 0.75))
    count = len(deal)
    begin = working_seconds(deals["created"])[deal] + HOUR
    end = working_seconds(deals["life_end"])[deal] - HOUR
    at = working_instant(begin + whole(rng.random(count) * np.maximum(end - begin, 1)))
    kind = choose(rng, (0.28, 0.3, 0.2, 0.22), count)
    result = full(count, DONE)
    missed = rng.random(count)
    result = np.where((kind == CALL) & (missed < 0.5), UNANSWERED, result)
    result = np.where((kind == MEETING) & (missed < 0.09), CANCELLED, result)
    result = np.where((kind == MEETING) & (missed >= 0.09) & (missed < 0.16), NO_SHOW, result)
    person = _someone(rng, deals, people, deal, at)
    rows = _of_deals(rng, deals, changes, kind, result, at, person, deal)
    return take(rows, ~_silenced(rng, deals, rows) & ~_is_idle(deals, deal, at))


def _is_idle(deals: Frame, deal: Ints, at: Ints) -> Flags:
    """Whether opportunities stall, or are lost until they come back, at the instants."""
    stalls = (deals["stalled_from"][deal] <= at) & (at < deals["stalled_to"][deal])
    return stalls | ((deals["gone_from"][deal] <= at) & (at < deals["gone_to"][deal]))


def _of_deals(
    rng: np.random.Generator,
    deals: Frame,
    changes: Frame,
    kind: Ints,
    result: Ints,
    at: Ints,
    person: Ints,
    deal: Ints,
) -> Frame:
    """Activities of the owners of opportunities, none recorded before its opportunity."""
    owner = value_at(changes, OWNER, deal, at)
    owner = np.where(owner == NULL, deals["owner"][deal], owner)
    rows = _rows(kind, result, at, person, deal, owner, rng.random(len(deal)))
    rows["booked_at"] = np.where(kind == MEETING, np.maximum(rows["booked_at"], deals["created"][deal] + 60), at)
    rows["booked_at"] = np.minimum(rows["booked_at"], rows["at"])
    return rows


def _answers(rng: np.random.Generator, deals: Frame, changes: Frame, primary: Ints, deal: Ints, at: Ints) -> Frame:
    """What the customer's first contact answers at given instants; only an e-mail where the end is near."""
    kind = np.array([EMAIL_IN, CALL, MEETING])[choose(rng, (0.6, 0.25, 0.15), len(deal))]
    kind = np.where(at + 2 * HOUR < deals["life_end"][deal], kind, EMAIL_IN)
    return _of_deals(rng, deals, changes, kind, full(len(deal), DONE), at, primary[deal], deal)


def _staged(rng: np.random.Generator, deals: Frame, changes: Frame, primary: Ints) -> Frame:
    """Meetings that patterns and look-alikes are told by: an SDR's booking for the AE before the bar, two after it."""
    cleared, created = deals["bar_at"] != NULL, deals["created"]
    rejected, priced = deals["lookalike"] == FAST_REJECTION, deals["lookalike"] == PRICE_LOSS
    before = np.flatnonzero(cleared & (rejected | priced | (deals["pattern_way"] == MEETING_BY_SDR)))
    after = np.flatnonzero(cleared & priced)
    deal = np.concatenate([before, after, after])
    part = np.repeat([0.7, 0.3, 0.6], [len(before), len(after), len(after)])
    early = np.arange(len(deal)) < len(before)
    begin = working_seconds(np.where(early, created[deal], deals["bar_at"][deal]))
    end = working_seconds(np.where(early, deals["bar_at"][deal], deals["life_end"][deal]))
    at = working_instant(begin + whole(part * (end - begin)))
    # A holiday in between must not put days between the meeting and what it led to.
    bar_at = deals["bar_at"][deal]
    at = np.where(early & (bar_at - at > 68 * HOUR), np.maximum(bar_at // DAY * DAY + 8 * HOUR, created[deal]), at)
    rows = _of_deals(rng, deals, changes, full(len(deal), MEETING), full(len(deal), DONE), at, primary[deal], deal)
    rows["owner"] = deals["owner"][deal]
    rows["booked_by"] = np.where(early & (deals["setter"][deal] != NULL), deals["setter"][deal], rows["owner"])
    rows["seconds"] = full(len(deal), 1_800)
    return rows


def _silenced(rng: np.random.Generator, deals: Frame, rows: Frame) -> Flags:
    """Rows that can't have happened: answers and meetings in a silent window, and half or all of the attempts there."""
    deal, at = rows["deal"], rows["at"]
    inside = (deals["quiet_from"][deal] <= at + rows["seconds"]) & (at < deals["quiet_to"][deal])
    attempt = (rows["kind"] == EMAIL_OUT) | (rows["result"] == UNANSWERED)
    idle = (deals["pattern"] == PADDING) | (deals["pattern"] == PASS_THROUGH)
    tried = attempt & ~is_left(deals)[deal] & (~idle[deal] | (rng.random(len(deal)) < 0.5))
    return inside & ~tried


def _someone(rng: np.random.Generator, deals: Frame, people: Frame, deal: Ints, at: Ints) -> Ints:
    """One of the opportunity's people who was known by then, the primary contact more often."""
    grouped = np.flatnonzero(people["deal"] != NULL)
    sizes = np.bincount(people["deal"][grouped], minlength=len(deals["created"]))
    starts = np.cumsum(sizes) - sizes
    number = whole(rng.random(len(deal)) ** 1.7 * sizes[deal])
    person = grouped[starts[deal] + number]
    usable = (people["known_at"][person] <= at) & people["is_contact"][person]
    return np.where(usable, person, grouped[starts[deal]])


def _upcoming(rng: np.random.Generator, timeline: Timeline, deals: Frame, changes: Frame, primary: Ints) -> Frame:
    """Meetings already booked past the end of the history: with some who still talk, and before a booked silence."""
    is_open = (deals["closed_at"] == NULL) & (deals["deleted_at"] == NULL)
    booked_early = deals["lookalike"] == BOOKED
    speaking = is_open & ((deals["quiet_to"] < timeline.end) | (deals["quiet_from"] >= timeline.end))
    rows = np.flatnonzero(booked_early | (speaking & (rng.random(len(primary)) < 0.25)))
    count = len(rows)
    end = full(count, timeline.end)
    at = later(end, 0.2 + 8 * rng.random(count))
    owner = value_at(changes, OWNER, rows, end)
    found = _rows(full(count, MEETING), full(count, PLANNED), at, primary[rows], rows, owner, rng.random(count))
    last = np.where(booked_early[rows], deals["quiet_from"][rows], end)
    booked = later(last, -(0.2 + 3 * rng.random(count)))
    found["booked_at"] = np.maximum(booked, deals["created"][rows] + 60)
    return found


def _cold(rng: np.random.Generator, company: Company, people: Frame) -> Frame:
    """SDRs working leads that never convert; few answer. Colleagues of a buyer are left to whoever has the deal."""
    leads = np.flatnonzero(people["is_lead"] & (people["deal"] == NULL) & (people["domain_of"] == NULL))
    row, _ = explode(rng.integers(0, 4, len(leads)))
    person = leads[row]
    count = len(person)
    at = later(people["known_at"][person], 0.1 + 14 * rng.random(count))
    kind = choose(rng, (0.6, 0.08, 0.3, 0.02), count)
    result = np.where((kind == CALL) & (rng.random(count) < 0.85), UNANSWERED, DONE)
    sdr = stand_in(
        rng, company, SDR, company.sdr_team(rng.choice(company.ae_teams(), count)), people["sdr"][person], at
    )
    return _rows(kind, result, at, person, full(count), sdr, rng.random(count))
