"""Salesforce record ids: 15 characters of prefix and number, and 3 that make them safe where case is ignored.

Until they are written, ids are integers that hold object and number, so that columns of mixed objects (WhoId) and
comparisons stay cheap.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, Texts

_DIGITS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
_SUFFIX = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"))
_NUMBER_LENGTH = 9
_NUMBER_BITS = 50
_INSTANCE = "5f0"

PREFIXES = {
    "Opportunity": "006",
    "OpportunityHistory": "008",
    "OpportunityFieldHistory": "017",
    "OpportunityContactRole": "00K",
    "OpportunityStage": "01J",
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "LeadHistory": "01A",
    "User": "005",
    "UserRole": "00E",
    "Task": "00T",
    "Event": "00U",
    "EventRelation": "0RE",
    "EmailMessage": "02s",
    "Campaign": "701",
    "CampaignMember": "00v",
    "ForecastingQuota": "0J9",
    "DatedConversionRate": "04w",
}
_HEADS = np.array([list(prefix + _INSTANCE) for prefix in PREFIXES.values()])
_PLACES = len(_DIGITS) ** np.arange(_NUMBER_LENGTH - 1, -1, -1)


def record_ids(entity: str, numbers: Ints, first: int = 0) -> Ints:
    """Ids of an object's records by number, counted from `first`; NULL stays NULL. Number order is id order."""
    base = list(PREFIXES).index(entity) << _NUMBER_BITS
    return np.where(numbers == NULL, NULL, base + first + numbers + 1)


def written_ids(ids: Ints) -> Texts:
    """The 18 characters of each id; '' for NULL. Text order within an object is number order."""
    if not len(ids):
        return np.array([], dtype="<U18")
    known = np.where(ids == NULL, 0, ids)
    number = _DIGITS[(known & ((1 << _NUMBER_BITS) - 1))[:, None] // _PLACES % len(_DIGITS)]
    characters = np.concatenate([_HEADS[known >> _NUMBER_BITS], number], axis=1)
    capitals = (characters >= "A") & (characters <= "Z")
    bits = capitals.reshape(len(ids), 3, 5) @ (1 << np.arange(5))
    whole = np.ascontiguousarray(np.concatenate([characters, _SUFFIX[bits]], axis=1))
    return np.where(ids == NULL, "", whole.view(f"<U{whole.shape[1]}").reshape(len(ids)))
