"""What a built model says in Dagster: rows, columns with types, and the input columns that each is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from dagster_project.lib.column_lineage import Lineage
from dagster_project.lib.dbt_process import NodeResult


def materialization_metadata(result: NodeResult, lineage: Lineage, keys: Mapping[str, dg.AssetKey]) -> dict[str, Any]:
    """Metadata of a node's materialization. `lineage` and `keys` go by dbt's unique ids; the spec has descriptions."""
    metadata: dict[str, Any] = {"seconds": result.seconds, "status": result.status}
    if result.rows is not None:
        metadata["dagster/row_count"] = result.rows
    if result.columns:
        metadata["dagster/column_schema"] = dg.TableSchema(
            [dg.TableColumn(name, type_name) for name, type_name in result.columns]
        )
    deps = {
        column: [dg.TableColumnDep(keys[unique_id], name) for unique_id, name in inputs if unique_id in keys]
        for column, inputs in lineage.items()
    }
    if any(deps.values()):
        # Dagster's own open-source UI keeps this one for other programs; the table is for people.
        metadata["dagster/column_lineage"] = dg.TableColumnLineage(
            {name: found for name, found in deps.items() if found}
        )
        metadata["made_from"] = dg.MetadataValue.table(
            [
                dg.TableRecord({"column": name, "made_from": ", ".join(_shown(dep) for dep in found)})
                for name, found in deps.items()
                if found
            ]
        )
    return metadata


def _shown(dep: dg.TableColumnDep) -> str:
    return f"{'.'.join(dep.asset_key.path)}.{dep.column_name}"
