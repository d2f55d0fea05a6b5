"""Which dbt nodes a partial run selects: from Dagster's asset and check keys to names on dbt's command line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import dagster as dg

NodeIds = Mapping[dg.AssetKey, str]
CheckIds = Mapping[dg.AssetCheckKey, str]


def selected_names(
    manifest: Mapping[str, Any],
    assets: NodeIds,
    checks: CheckIds,
    selected_assets: Collection[dg.AssetKey],
    selected_checks: Collection[dg.AssetCheckKey],
) -> list[str] | None:
    """Fully qualified names of the selected nodes and tests, sorted; None where all of the project is selected."""
    if set(selected_assets) >= set(assets) and set(selected_checks) >= set(checks):
        return None
    unique_ids = [assets[key] for key in selected_assets] + [checks[key] for key in selected_checks]
    return sorted("fqn:" + ".".join(manifest["nodes"][unique_id]["fqn"]) for unique_id in unique_ids)
