"""Column lineage of the models of one dbt build, as they are built, from the SQL in dbt's target folder.

Reading a model's SQL takes some 10 ms, once: what it says is kept beside the parsed manifest until the SQL changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_project.lib import warehouse
from dagster_project.lib.column_lineage import InputTable, Lineage, LineageCache
from dagster_project.lib.dbt_process import NodeResult
from dagster_project.lib.settings import Settings

CACHE_NAME = "column_lineage.json"


class ModelLineage:
    """Ask it of each node when dbt has finished it, in that order.

    Columns of tables that dbt doesn't build now are read from the warehouse, once.
    """

    def __init__(self, settings: Settings, manifest: Mapping[str, Any]) -> None:
        self._compiled = settings.dbt_target_path / "compiled"
        self._manifest = manifest
        self._cache = LineageCache(settings.dbt_target_path.parent / CACHE_NAME)
        self._columns = _warehouse_columns(settings)

    def of(self, result: NodeResult) -> Lineage:
        """Input columns of each column of a model that has just been built: (dbt unique id, column), sorted.

        Empty for seeds and tests.
        """
        node = self._manifest["nodes"][result.unique_id]
        if result.columns:
            self._columns[node["schema"], node["alias"]] = [name for name, _ in result.columns]
        path = self._compiled / node["package_name"] / node["original_file_path"]
        if result.kind != "model" or not path.exists():
            return {}
        inputs = [self._input(unique_id) for unique_id in self._read(node)]
        return self._cache.lineage(result.unique_id, path.read_text(encoding="utf-8"), inputs)

    def save(self) -> None:
        """Keep what was read for the next build."""
        self._cache.save()

    def _read(self, node: Mapping[str, Any]) -> list[str]:
        """The relations that a model's SQL names: through ephemeral models, whose SQL dbt writes into it."""
        found: dict[str, None] = {}
        for unique_id in node["depends_on"]["nodes"]:
            read = self._manifest["nodes"].get(unique_id)
            if read is not None and read["config"]["materialized"] == "ephemeral":
                found.update(dict.fromkeys(self._read(read)))
            else:
                found[unique_id] = None
        return list(found)

    def _input(self, unique_id: str) -> InputTable:
        node = self._manifest["sources"].get(unique_id) or self._manifest["nodes"][unique_id]
        name = node["identifier"] if node["resource_type"] == "source" else node["alias"]
        return InputTable(unique_id, node["relation_name"], self._columns.get((node["schema"], name), []))


def _warehouse_columns(settings: Settings) -> dict[tuple[str, str], Sequence[str]]:
    with warehouse.connect(settings, read_only=True) as connection:
        rows = connection.execute(
            "select schema_name, table_name, list(column_name order by column_index) "
            "from duckdb_columns() where not internal group by schema_name, table_name"
        ).fetchall()
    return {(schema, table): columns for schema, table, columns in rows}
