"""Records entered twice by mistake: duplicate accounts and leads, and their merging into the right ones.

A duplicate is a row of its own at the end of `accounts` or `people`, with `merged_into` (the row that stays) and
`merged_at`; both are NULL elsewhere. While it exists, things are filed under it; at the merge they move to the row that
stays. Touches and activities always name the person that stays: `record_at` tells whose record held them.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Frame, Ints, concat, full, sample, stream, take, whole
from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, working_instant, working_seconds

_LEAST_LIFE = 15 * DAY
_EDGE = 5 * DAY


def merge(
    options: Options, timeline: Timeline, deals: Frame, people: Frame, accounts: Frame
) -> tuple[Frame, Frame, Frame]:
    """Deals, people and accounts with what their duplicates did.

    Adds `merged_into` and `merged_at` to people and accounts, and to people and deals `filed_account`: the duplicate
    account that a contact or opportunity hangs on until its merge (NULL: none). No primary contact hangs on one.
    """
    people, accounts = _merge_accounts(options, timeline, people, accounts)
    return _file_deals(deals, people, accounts), _merge_leads(options, timeline, people), accounts


def _merge_accounts(options: Options, timeline: Timeline, people: Frame, accounts: Frame) -> tuple[Frame, Frame]:
    """A duplicate is entered together with a contact of the account, by somebody who doesn't find the first."""
    rng = stream(options.seed, "merged accounts")
    count = len(accounts["created"])
    joined = contact_since(people)
    account = np.maximum(people["account"], 0)
    fits = (people["account"] != NULL) & people["is_contact"] & ~people["is_primary"]
    usable = fits & (joined > accounts["created"][account] + DAY) & (joined < timeline.end - _LEAST_LIFE)
    found = np.flatnonzero(usable)
    found = found[rng.permutation(len(found))]
    account_found, first = np.unique(people["account"][found], return_index=True)
    has_one = np.zeros(count, dtype=np.bool_)
    has_one[account_found] = True
    chosen = sample(rng, has_one, round(options.rates.merged_accounts * count))[account_found]
    winner, contact = account_found[chosen], found[first][chosen]
    created = joined[contact] - 30
    merged_at = _merged_at(rng, created, np.minimum(timeline.end - _EDGE, created + 100 * DAY))
    extra = take(accounts, winner) | {"created": created, "parent": full(len(winner))}
    duplicate = full(count)
    duplicate[winner] = count + np.arange(len(winner))
    accounts = concat([accounts, extra]) | {
        "merged_into": np.concatenate([full(count), winner]),
        "merged_at": np.concatenate([full(count), merged_at]),
    }
    twice = duplicate[account]
    row = np.maximum(twice, 0)
    under = fits & (twice != NULL) & (accounts["created"][row] < joined) & (joined < accounts["merged_at"][row])
    under &= np.isin(np.arange(len(joined)), contact) | (np.arange(len(joined)) % 2 == 0)
    return people | {"filed_account": np.where(under, twice, NULL)}, accounts


def _file_deals(deals: Frame, people: Frame, accounts: Frame) -> Frame:
    """A few opportunities are opened on the duplicate; those that come from a lead are where it was converted to."""
    twice = _doubles(accounts)[deals["account"]]
    row = np.maximum(twice, 0)
    merged_at = accounts["merged_at"][row]
    converted = np.zeros(len(twice), dtype=np.bool_)
    primary = np.flatnonzero(people["is_primary"])
    converted[people["deal"][primary]] = people["converted_at"][primary] != NULL
    under = (accounts["created"][row] < deals["created"]) & (deals["created"] < merged_at)
    under &= (twice != NULL) & ~converted
    under &= (deals["deleted_at"] == NULL) | (merged_at < deals["deleted_at"])
    return deals | {"filed_account": np.where(under, twice, NULL)}


def _merge_leads(options: Options, timeline: Timeline, people: Frame) -> Frame:
    """A duplicate is somebody's second lead, entered weeks after the first and merged before either converts."""
    rng = stream(options.seed, "merged leads")
    count = len(people["known_at"])
    known = people["known_at"]
    last = np.where(people["converted_at"] == NULL, timeline.end, people["converted_at"]) - _EDGE
    wanted = round(options.rates.merged_leads * people["is_lead"].sum())
    winner = np.flatnonzero(sample(rng, people["is_lead"] & (known + _LEAST_LIFE < last), wanted))
    room = last[winner] - known[winner] - 10 * DAY
    again = known[winner] + DAY + whole(rng.random(len(winner)) * np.minimum(room, 40 * DAY))
    merged_at = _merged_at(rng, again, np.minimum(last[winner], again + 60 * DAY))
    nobody = np.zeros(len(winner), dtype=np.bool_)
    nothing = full(len(winner))
    second = take(people, winner) | {
        "deal": nothing,
        "account": nothing,
        "is_contact": nobody,
        "is_primary": nobody,
        "known_at": again,
        "converted_at": nothing,
        "filed_account": nothing,
    }
    return concat([people, second]) | {
        "merged_into": np.concatenate([full(count), winner]),
        "merged_at": np.concatenate([full(count), merged_at]),
    }


def _merged_at(rng: np.random.Generator, begin: Ints, last: Ints) -> Ints:
    """Instants in working hours between a day after the beginnings and the last ones."""
    at = begin + 2 * DAY + whole((0.1 + 0.9 * rng.random(len(begin))) * (last - begin - 2 * DAY))
    return working_instant(working_seconds(at)) + whole(rng.random(len(begin)) * HOUR)


def contact_since(people: Frame) -> Ints:
    """Instant at which each person's contact was created, where there is one."""
    return np.where(people["converted_at"] == NULL, people["known_at"], people["converted_at"])


def account_at(filed: Frame, accounts: Frame, row: Ints, at: Ints) -> Ints:
    """Account that contacts (rows of `people`) or opportunities hang on at an instant: a duplicate until its merge."""
    early = at < refiled_at(filed, accounts, row)
    return np.where(early, filed["filed_account"][row], filed["account"][row])


def refiled_at(filed: Frame, accounts: Frame, row: Ints) -> Ints:
    """Instant at which a merge moves contacts or opportunities from a duplicate account; NULL where it doesn't."""
    account = filed["filed_account"][row]
    return np.where(account == NULL, NULL, accounts["merged_at"][np.maximum(account, 0)])


def record_at(people: Frame, person: Ints, added_at: Ints, at: Ints) -> Ints:
    """Row of `people` whose record holds, at an instant, what was added about a person at another."""
    duplicate, under = _under_duplicate(people, person, added_at)
    return np.where(under & (at < people["merged_at"][np.maximum(duplicate, 0)]), duplicate, person)


def rejoined_at(people: Frame, person: Ints, added_at: Ints) -> Ints:
    """Instant at which a merge moves what was added about a person under the duplicate; NULL where it wasn't."""
    duplicate, under = _under_duplicate(people, person, added_at)
    return np.where(under, people["merged_at"][np.maximum(duplicate, 0)], NULL)


def _under_duplicate(people: Frame, person: Ints, added_at: Ints) -> tuple[Ints, Flags]:
    duplicate = _doubles(people)[person]
    row = np.maximum(duplicate, 0)
    under = (people["known_at"][row] <= added_at) & (added_at < people["merged_at"][row])
    return duplicate, under & (duplicate != NULL)


def _doubles(frame: Frame) -> Ints:
    """Duplicate of each row; NULL where it has none."""
    duplicates = np.flatnonzero(frame["merged_into"] != NULL)
    found = full(len(frame["merged_into"]))
    found[frame["merged_into"][duplicates]] = duplicates
    return found
