"""How a dbt node looks in Dagster: key, group, description, check. Owners are a policy, mapped elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from dagster_project.defs.keys import raw_key, table_key
from dagster_project.lib.dbt_manifest import model_folder

UNIQUE_ID = "dagster_dbt/unique_id"


class PlumblineTranslator(DagsterDbtTranslator):
    """Keys are schema and name; groups are folders, a mart's group being its mart folder."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return _key(dbt_resource_props)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return _group(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props["description"] or dbt_resource_props["name"]

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        test = manifest["nodes"][unique_id]
        if checked_node(manifest, test) != asset_spec.metadata[UNIQUE_ID]:
            return None
        return dg.AssetCheckSpec(
            name=test["name"],
            asset=asset_spec.key,
            description=test["description"] or _test_description(test),
            blocking=_severity(test) == "error",
            metadata={UNIQUE_ID: unique_id},
        )


def checked_node(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> str | None:
    """Unique id of the model or seed that a test is shown on; None for a test of sources only.

    A generic test belongs to the model it is written under. A singular test belongs to the last model that it reads,
    marts counting as later than intermediate ones; an ephemeral one is no asset.
    """
    if test.get("attached_node"):
        return test["attached_node"]
    nodes = manifest["nodes"]
    read = [
        node
        for node in test["depends_on"]["nodes"]
        if node in nodes and nodes[node]["config"].get("materialized") != "ephemeral"
    ]
    return max(read, key=lambda node: (_depth(nodes[node]), node), default=None)


def _depth(node: Mapping[str, Any]) -> int:
    layers: Sequence[str] = ("staging", "intermediate", "marts")
    return layers.index(model_folder(node)) + 1 if node["resource_type"] == "model" else 0


def _key(node: Mapping[str, Any]) -> dg.AssetKey:
    if node["resource_type"] == "source":
        return raw_key(node["identifier"])
    return table_key(node["schema"], node["alias"])


def _group(node: Mapping[str, Any]) -> str:
    if node["resource_type"] == "source":
        return "raw"
    if node["resource_type"] == "seed":
        return "seeds"
    folder = model_folder(node)
    return node["fqn"][2] if folder == "marts" else folder


def _severity(test: Mapping[str, Any]) -> str:
    return (test["config"].get("severity") or "error").lower()


def _test_description(test: Mapping[str, Any]) -> str:
    generic = test.get("test_metadata")
    if not generic:
        return f"dbt test {test['name']}"
    if generic["name"] == "holds":
        return "; ".join(_rules(generic["kwargs"]))
    column = f" of {test['column_name']}" if test.get("column_name") else ""
    return f"dbt test {generic['name']}{column}"


def _rules(rules: Mapping[str, Any]) -> Iterator[str]:
    """A phrase for each rule of a `holds` test."""
    for key in rules.get("unique", []):
        yield f"unique: {key if isinstance(key, str) else ', '.join(key)}"
    if rules.get("never_null"):
        yield f"never null: {', '.join(rules['never_null'])}"
    for known, columns in rules.get("beside", {}).items():
        yield f"not null where {known} isn't: {', '.join(columns)}"
    for column, values in rules.get("accepted", {}).items():
        yield f"{column} is one of {', '.join(map(str, values))}"
