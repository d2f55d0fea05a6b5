"""Salesforce record ids: 15 characters of prefix and number, and 3 that make them safe where case is ignored."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, Texts

_DIGITS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
_SUFFIX = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"))
_NUMBER_LENGTH = 9
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


def record_ids(entity: str, numbers: Ints) -> Texts:
    """18-character ids of an object's records; '' for NULL. Text order is number order."""
    rest = np.where(numbers == NULL, 0, numbers) + 1
    place = 62 ** np.arange(_NUMBER_LENGTH - 1, -1, -1)
    number = _DIGITS[rest[:, None] // place % 62]
    head = np.array(list(PREFIXES[entity] + _INSTANCE))
    characters = np.concatenate([np.broadcast_to(head, (len(rest), len(head))), number], axis=1)
    capitals = (characters >= "A") & (characters <= "Z")
    bits = capitals.reshape(len(rest), 3, 5) @ (1 << np.arange(5))
    whole = np.ascontiguousarray(np.concatenate([characters, _SUFFIX[bits]], axis=1))
    text = whole.view(f"<U{whole.shape[1]}").reshape(len(rest))
    return np.where(numbers == NULL, "", text)
