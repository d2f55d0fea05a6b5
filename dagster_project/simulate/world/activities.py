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
from dagster_project.simulate.world.company import Company
from dagster_project.simulate.world.deals import PADDING, PASS_THROUGH
from dagster_project.simulate.world.edits import OWNER, value_at

EMAIL_OUT, EMAIL_IN, CALL, MEETING = range(4)
DONE, UNANSWERED, CANCELLED, NO_SHOW, PLANNED = range(5)


def build_activities(
    options: Options, timeline: Timeline, company: Company, deals: Frame, changes: Frame, people: Frame, primary: Ints
) -> Frame:
    """Activities by instant.

    Columns: kind, result, at, booked_at (when recorded first), seconds (length), person, deal (NULL before the
    opportunity exists or where there is none), owner, guests (further people of the buying group in a meeting).
    `result` is DONE for sent e-mails, answers, connected calls and held meetings.
    """
    rng = stream(options.seed, "activities")
    parts = [
        _prospecting(rng, deals, primary),
        _follow_up(rng, deals, primary),
        _conversation(rng, timeline, deals, changes, people),
        _upcoming(rng, timeline, deals, changes, primary),
        _cold(rng, timeline, people),
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
        "guests": np.where(meeting, whole(draw * 3), 0),
    }


def _prospecting(rng: np.random.Generator, deals: Frame, primary: Ints) -> Frame:
    """Outbound contact before creation; evidence of the source is an answer or a held meeting, all within 90 days."""
    outbound = (deals["function"] == OUTBOUND_AE) | (deals["function"] == OUTBOUND_SDR)
    rows = np.flatnonzero(outbound)
    proven = deals["has_evidence"][rows]
    count = len(rows)
    user = np.where(deals["function"][rows] == OUTBOUND_SDR, deals["creator"][rows], deals["owner"][rows])
    first = later(deals["created"][rows], -(4 + 22 * rng.random(count)))
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


def _conversation(rng: np.random.Generator, timeline: Timeline, deals: Frame, changes: Frame, people: Frame) -> Frame:
    """E-mails, calls and meetings while the opportunity is open; in silent windows nobody answers."""
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
    owner = value_at(changes, OWNER, deal, at)
    owner = np.where(owner == NULL, deals["owner"][deal], owner)
    rows = _rows(kind, result, at, person, deal, owner, rng.random(count))
    rows["booked_at"] = np.where(kind == MEETING, np.maximum(rows["booked_at"], deals["created"][deal] + 60), at)
    rows["booked_at"] = np.minimum(rows["booked_at"], rows["at"])
    return take(rows, ~_silenced(rng, deals, rows))


def _silenced(rng: np.random.Generator, deals: Frame, rows: Frame) -> Flags:
    """Rows that can't have happened: answers and held meetings in a silent window, and half of the attempts there."""
    deal, at = rows["deal"], rows["at"]
    inside = (deals["quiet_from"][deal] <= at + rows["seconds"]) & (at < deals["quiet_to"][deal])
    attempt = (rows["kind"] == EMAIL_OUT) | (rows["result"] == UNANSWERED)
    silent = (deals["pattern"][deal] == PADDING) | (deals["pattern"][deal] == PASS_THROUGH)
    return inside & (~attempt | (silent & (rng.random(len(deal)) < 0.5)))


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
    """Meetings already booked past the end of the history, for some of the opportunities still in conversation."""
    speaking = (deals["closed_at"] == NULL) & (deals["deleted_at"] == NULL) & (deals["quiet_to"] < timeline.end)
    speaking |= (deals["closed_at"] == NULL) & (deals["deleted_at"] == NULL) & (deals["quiet_from"] >= timeline.end)
    rows = np.flatnonzero(speaking & (rng.random(len(primary)) < 0.25))
    count = len(rows)
    at = later(full(count, timeline.end), 0.2 + 8 * rng.random(count))
    owner = value_at(changes, OWNER, rows, full(count, timeline.end))
    found = _rows(full(count, MEETING), full(count, PLANNED), at, primary[rows], rows, owner, rng.random(count))
    booked = later(full(count, timeline.end), -(0.2 + 3 * rng.random(count)))
    found["booked_at"] = np.maximum(booked, deals["created"][rows] + 60)
    return found


def _cold(rng: np.random.Generator, timeline: Timeline, people: Frame) -> Frame:
    """SDRs working leads that never convert; few answer. Colleagues of a buyer are left to whoever has the deal."""
    leads = np.flatnonzero(people["is_lead"] & (people["deal"] == NULL) & (people["domain_of"] == NULL))
    row, _ = explode(rng.integers(0, 4, len(leads)))
    person = leads[row]
    count = len(person)
    at = later(people["known_at"][person], 0.1 + 14 * rng.random(count))
    kind = choose(rng, (0.6, 0.08, 0.3, 0.02), count)
    result = np.where((kind == CALL) & (rng.random(count) < 0.85), UNANSWERED, DONE)
    return _rows(kind, result, at, person, full(count), people["sdr"][person], rng.random(count))
