"""Policies mapped over all assets: owners and freshness. An asset never carries its own."""

from collections.abc import Mapping
from datetime import timedelta

import dagster as dg

DATA_TEAM = "team:data"
REVOPS = "team:revops"

OWNERS: Mapping[str, str] = {
    "seeds": REVOPS,
    "governance": REVOPS,
    "coverage": REVOPS,
    "attribution": "team:marketing_operations",
    "stage_transitions": REVOPS,
}
"""Owner by asset group; the data team owns the rest."""

PUBLISHED_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=48), warn_window=timedelta(hours=30))
"""The daily job publishes every 24 hours; a missed day warns, a second one fails."""


def apply_policies(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The spec with its owner and, where it is published, its freshness policy."""
    owned = spec.replace_attributes(owners=[OWNERS.get(spec.group_name or "", DATA_TEAM)])
    if spec.group_name != "published":
        return owned
    return owned.replace_attributes(freshness_policy=PUBLISHED_FRESHNESS)
