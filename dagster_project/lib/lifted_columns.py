"""What lifted custom fields change in the dbt project: a macro that lists them, and the columns of marts' contracts.

The copy of the project that runs see gets these files in place of the project's own. As files, not as dbt vars, since
dbt parses everything anew where a var changes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from dagster_project.lib.contracts import COLUMN_TYPES, Lift
from dagster_project.lib.contracts.lift import ENTITIES

MACRO_FILE = "macros/lifted/lifted_fields.sql"
MARTS_FOLDER = "models/marts/core"
MARTS = {"opportunities": "dim_opportunities", "accounts": "dim_accounts", "leads": "dim_leads", "users": "dim_users"}
"""Entity -> the mart that publishes what is lifted into it and isn't personal. Contacts have none."""


def lifted_files(project: Path, lifts: Sequence[Lift]) -> dict[str, str]:
    """Path in the dbt project -> text that stands there instead of the file of `project`; nothing without lifts."""
    if not lifts:
        return {}
    files = {MACRO_FILE: _macro(lifts)}
    columns = _mart_columns(lifts)
    for path in sorted((project / MARTS_FOLDER).glob("*.yml")):
        described = yaml.safe_load(path.read_text(encoding="utf-8"))
        widened = [model for model in described.get("models", []) if columns.get(model["name"])]
        for model in widened:
            model["columns"] = [*model["columns"], *columns[model["name"]]]
        if widened:
            files[f"{MARTS_FOLDER}/{path.name}"] = yaml.safe_dump(described, sort_keys=False, allow_unicode=True)
    return files


def _mart_columns(lifts: Sequence[Lift]) -> dict[str, list[dict[str, str]]]:
    """Mart -> columns that its contract gets, each once."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for lift in lifts:
        mart = MARTS.get(ENTITIES.get((lift.source, lift.object_name), ""))
        if mart is not None and not lift.personal:
            column = {"name": lift.column, "data_type": COLUMN_TYPES[lift.type], "description": lift.description}
            found.setdefault(mart, {}).setdefault(lift.column, column)
    return {mart: list(columns.values()) for mart, columns in found.items()}


def _macro(lifts: Sequence[Lift]) -> str:
    entries = [
        {
            "model": f"stg_{lift.raw_table}",
            "entity": ENTITIES.get((lift.source, lift.object_name), ""),
            "column": lift.column,
            "type": lift.type,
            "sql_type": COLUMN_TYPES[lift.type],
            "is_personal": lift.personal,
            "names": list(lift.names),
        }
        for lift in lifts
    ]
    return "{% macro lifted_fields() %}{{ return(" + _literal(entries) + ") }}{% endmacro %}\n"


def _literal(value: Any) -> str:
    """JSON that Jinja reads as the same value, whatever characters its texts hold."""
    if isinstance(value, list):
        return f"[{', '.join(_literal(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + " }"
    if isinstance(value, str):
        plain = (c if c.isascii() and (c.isalnum() or c in " _-.") else f"\\U{ord(c):08x}" for c in value)
        return f'"{"".join(plain)}"'
    return json.dumps(value)
