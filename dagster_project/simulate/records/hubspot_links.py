"""Associations of HubSpot: which record hangs on which since when, and until when where it was moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Ints, full
from dagster_project.simulate.records.hubspot_ids import synced
from dagster_project.simulate.records.tables import Column, flag, instant, label, number


@dataclass(frozen=True)
class Links:
    """Rows of an association by pair and instant: `pair` numbers (left, right), `gone` tells that it ended then."""

    pair: Ints
    left: Ints
    right: Ints
    at: Ints
    gone: Flags

    def columns(self, kind: Ints) -> dict[str, Column]:
        """Columns that every association has; `kind` of each is one of those that HubSpot defines."""
        return {
            "type_id": number(kind),
            "category": label(("HUBSPOT_DEFINED",), full(len(self.at), 0)),
            "_fivetran_deleted": flag(self.gone),
            "_fivetran_synced": instant(synced(self.at)),
        }


def links(left: Ints, right: Ints, at: Ints) -> Links:
    """What each record (`left`, versions sorted by record and instant) hangs on; NULL: on nothing."""
    first = np.append(True, left[1:] != left[:-1])[: len(left)]
    came = np.flatnonzero(first | np.append(True, right[1:] != right[:-1])[: len(left)])
    went = came[~first[came]]
    lefts = np.concatenate([left[came], left[went]])
    rights = np.concatenate([right[came], right[went - 1]])
    return _by_pair(lefts, rights, np.concatenate([at[came], at[went]]), np.arange(len(lefts)) >= len(came))


def with_lasting(known: Links, left: Ints, right: Ints, at: Ints) -> Links:
    """The same with further pairs, each once; those that are known stay as they are."""
    lefts, rights = np.concatenate([known.left, left]), np.concatenate([known.right, right])
    is_known = np.arange(len(lefts)) < len(known.left)
    order = np.lexsort((rights, lefts))  # stable: what is known of a pair comes first
    first = np.zeros(len(order), dtype=np.bool_)
    first[order] = _new_pairs(lefts[order], rights[order])
    kept = is_known | first
    ats = np.concatenate([known.at, at])
    gone = np.concatenate([known.gone, np.zeros(len(at), dtype=np.bool_)])
    return _by_pair(lefts[kept], rights[kept], ats[kept], gone[kept])


def _by_pair(left: Ints, right: Ints, at: Ints, gone: Flags) -> Links:
    linked = np.flatnonzero(right != NULL)
    order = linked[np.lexsort((at[linked], right[linked], left[linked]))]
    left, right = left[order], right[order]
    return Links(np.cumsum(_new_pairs(left, right)) - 1, left, right, at[order], gone[order])


def _new_pairs(left: Ints, right: Ints) -> Flags:
    """Where a pair differs from the one before; they are sorted."""
    return np.append(True, (left[1:] != left[:-1]) | (right[1:] != right[:-1]))[: len(left)]
