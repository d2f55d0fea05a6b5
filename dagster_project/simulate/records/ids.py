"""Salesforce record ids: 15 characters of prefix and number, and 3 that make them safe where case is ignored.

Until they are written, ids are integers that hold object and number, so that columns of mixed objects (WhoId) and
comparisons stay cheap.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from dagster_project.simulate.frames import NULL, Ints, Texts
from dagster_project.simulate.records.arrow import fixed_width

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"), dtype="S1")
_TRIPLES = len(_DIGITS) ** 3
_NUMBER_BITS = 50
_INSTANCE = "5f0"
# 15 characters in three groups of five (5f0 ends in the second), the number's nine digits in three triples.
_LAYOUT = [("head", "S6"), *((name, "S3") for name in "abc"), *((f"check_{name}", "S1") for name in "abc")]

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


def record_ids(entity: str, numbers: Ints, first: int = 0) -> Ints:
    """Ids of an object's records by number, counted from `first`; NULL stays NULL. Number order is id order."""
    base = list(PREFIXES).index(entity) << _NUMBER_BITS
    return np.where(numbers == NULL, NULL, base + first + numbers + 1)


def id_array(ids: Ints, *, nullable: bool) -> pa.Array:
    """The 18 characters of each id as an Arrow array; where NULL, null or else ''."""
    return fixed_width(_characters(ids), ids != NULL, nullable=nullable)


def written_ids(ids: Ints) -> Texts:
    """The 18 characters of each id; '' for NULL. Text order within an object is number order."""
    return np.where(ids == NULL, "", _characters(ids).view("S18").astype("<U18"))


def entities_of(ids: Ints) -> Ints:
    """Position in `PREFIXES` of the object that each id is of; negative for NULL."""
    return ids >> _NUMBER_BITS


def numbers_of(ids: Ints) -> Ints:
    """Number of each record, counted from 0 over all blocks; any for NULL."""
    return (ids & ((1 << _NUMBER_BITS) - 1)) - 1


def _characters(ids: Ints) -> np.ndarray:
    """Rows of `_LAYOUT`. The three last characters say which of five characters each are capitals, first one lowest."""
    known = np.where(ids == NULL, 0, ids)
    entity, number = known >> _NUMBER_BITS, known & ((1 << _NUMBER_BITS) - 1)
    rest, c = np.divmod(number, _TRIPLES)
    a, b = np.divmod(rest, _TRIPLES)
    triples, capitals = _triples()
    heads, head_capitals = _heads()
    head, in_a, in_b, in_c = head_capitals[entity], capitals[a], capitals[b], capitals[c]
    rows = np.empty(len(ids), dtype=_LAYOUT)
    rows["head"] = heads[entity]
    for name, digits in (("a", a), ("b", b), ("c", c)):
        rows[name] = triples[digits]
    rows["check_a"] = _SUFFIX[head & 31]
    rows["check_b"] = _SUFFIX[head >> 5 | in_a << 1 | (in_b & 1) << 4]
    rows["check_c"] = _SUFFIX[in_b >> 1 | in_c << 2]
    return rows


@cache
def _triples() -> tuple[np.ndarray, np.ndarray]:
    """Every three digits in number order, and which of them are capitals (bits, first one lowest)."""
    digits = np.array(list(_DIGITS), dtype="S1")
    number = np.arange(_TRIPLES)
    places = np.stack([number // len(_DIGITS) ** power % len(_DIGITS) for power in (2, 1, 0)], axis=1)
    written = np.ascontiguousarray(digits[places]).view("S3").reshape(-1)
    return written, _capitals(written)


@cache
def _heads() -> tuple[np.ndarray, np.ndarray]:
    """Six leading characters per object, and which of them are capitals."""
    heads = np.array([prefix + _INSTANCE for prefix in PREFIXES.values()], dtype="S6")
    return heads, _capitals(heads)


def _capitals(written: np.ndarray) -> np.ndarray:
    characters = written.view(np.uint8).reshape(len(written), -1)
    return ((characters >= ord("A")) & (characters <= ord("Z"))) @ (1 << np.arange(characters.shape[1]))
