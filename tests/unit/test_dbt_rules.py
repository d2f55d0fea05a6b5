"""No rule that dbt asked of a model's rows is lost when tests are folded, moved or renamed: tests/golden/dbt_rules.csv lists them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster_project.lib.dbt_manifest import load_manifest
from dagster_project.lib.settings import PROJECT_ROOT, Settings

KEPT = Path(__file__).parents[1] / "golden" / "dbt_rules.csv"
Rule = tuple[str, str, str, str]
"""Model, rule, column or columns of a key, and what else the rule names."""


def test_every_rule_that_was_asked_is_asked(parsed_project: Path) -> None:
    manifest = load_manifest(
        Settings(home=parsed_project, landing=parsed_project, mappings=None, seeds=PROJECT_ROOT / "seeds")
    )
    with KEPT.open(newline="", encoding="utf-8") as file:
        kept = {rule for row in csv.DictReader(file) for rule in _apart(**row)}
    asked = {rule for node in manifest["nodes"].values() for rule in _asked(manifest, node)}
    assert len(kept) > 1000
    assert sorted(kept - asked) == []


def _apart(model: str, rule: str, columns: str, detail: str) -> Iterator[Rule]:
    """The rules of a line of the file, where columns that are never empty share one."""
    for column in columns.split() if rule in ("never_null", "not_null") else [columns]:
        yield model, rule, column, detail


def _asked(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Rule]:
    test = node.get("test_metadata")
    if node["resource_type"] != "test" or not test:
        return
    model = manifest["nodes"][node["attached_node"]]["name"]
    asked = test["kwargs"]
    if test["name"] == "relationships":
        yield model, "relationships", node["column_name"], f"{asked['to']} {asked['field']}"
    if test["name"] == "not_null":
        yield model, "not_null", node["column_name"], node["config"]["severity"].lower()
    if test["name"] == "holds":
        for key in asked.get("unique", []):
            yield model, "unique", key if isinstance(key, str) else " ".join(key), ""
        for column in asked.get("never_null", []):
            yield model, "never_null", column, ""
        for known, columns in asked.get("beside", {}).items():
            for column in columns:
                yield model, "never_null", column, f"beside {known}"
        for column, values in asked.get("accepted", {}).items():
            yield model, "accepted", column, values if isinstance(values, str) else " ".join(sorted(map(_text, values)))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
