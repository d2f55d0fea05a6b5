"""Policies mapped over all assets: owners and freshness. An asset never carries its own."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

import dagster as dg

from dagster_project.defs.keys import extract_key
from dagster_project.lib.contracts import Source

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


def landing_freshness(limit_days: int) -> dg.FreshnessPolicy:
    """Extracts of a source whose contract allows `limit_days`: a warning past them, a failure past twice as many.

    It goes by when a file was last loaded, by the clock. How old the data is as of the as-of date, the gate asks.
    """
    return dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=2 * limit_days), warn_window=timedelta(days=limit_days)
    )


def build_policies(sources: Iterable[Source]) -> Callable[[dg.AssetSpec], dg.AssetSpec]:
    """What gives a spec its owner and, for published marts and for extracts with a limit, its freshness policy."""
    limits = {
        extract_key(source.name, source_object.name): source.freshness_days
        for source in sources
        for source_object in source.objects
    }

    def apply_policies(spec: dg.AssetSpec) -> dg.AssetSpec:
        owned = spec.replace_attributes(owners=[OWNERS.get(spec.group_name or "", DATA_TEAM)])
        limit = limits.get(spec.key)
        if limit:
            return owned.replace_attributes(freshness_policy=landing_freshness(limit))
        if spec.group_name == "published":
            return owned.replace_attributes(freshness_policy=PUBLISHED_FRESHNESS)
        return owned

    return apply_policies
