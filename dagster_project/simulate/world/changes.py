"""One change of one field of an opportunity, and the value that was in force at an instant.

A change is (deal, at, field, value, by). Values are integers: stage and label numbers, cents, days, users, campaigns,
flags. What changes is in `edits`, `forecasts` and `handovers`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import Frame, Ints, as_of, full

FIELDS = ("stage", "amount", "close_date", "owner", "source", "campaign", "next_step", "loss_reason", "deleted")
STAGE, AMOUNT, CLOSE_DATE, OWNER, SOURCE, CAMPAIGN, NEXT_STEP, LOSS_REASON, DELETED = range(9)


def change(field: int, deal: Ints, at: Ints, value: Ints, by: Ints | None = None) -> Frame:
    """Changes of one field; where nobody is named, `edits` names the owner."""
    return {
        "deal": deal,
        "at": at,
        "field": full(len(deal), field),
        "value": value,
        "by": full(len(deal)) if by is None else by,
    }


def initial(field: int, deals: Frame, value: Ints) -> Frame:
    """The first value of a field of every opportunity, entered by its creator."""
    return change(field, np.arange(len(deals["created"])), deals["created"], value, deals["creator"])


def value_at(changes: Frame, field: int, deal: Ints, at: Ints) -> Ints:
    """Value of a field of opportunities at instants (changes of that very instant included)."""
    rows = changes["field"] == field
    return as_of(changes["deal"][rows], changes["at"][rows], changes["value"][rows], deal, at)


def final_values(changes: Frame, field: int, count: int) -> Ints:
    """Last value of a field of each opportunity."""
    return value_at(changes, field, np.arange(count), full(count, 2**33))
