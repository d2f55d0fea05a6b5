"""Which settings, rules, mappings and models changed since the last publish, so that a moved figure has its cause."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster_project.lib.company_settings import company_vars
from dagster_project.lib.contracts import CONTRACTS_PATH
from dagster_project.lib.dbt_project import DBT_PROJECT_PATH, project_files
from dagster_project.lib.settings import Settings


def written_files(settings: Settings) -> dict[str, str]:
    """Every file that shapes the figures, by a name that a person knows, with a hash of its content."""
    found = {f"seeds/{path.name}": path for path in sorted(settings.seeds.glob("*.csv"))}
    if settings.mappings is not None:
        for path in sorted(settings.mappings.rglob("*")):
            if path.is_file() and path.suffix in (".yml", ".yaml"):
                found[f"mappings/{path.relative_to(settings.mappings).as_posix()}"] = path
    hashes = {name: _hash(path) for name, path in found.items()}
    models = [*project_files(DBT_PROJECT_PATH), *sorted(CONTRACTS_PATH.rglob("*.yml"))]
    together = hashlib.sha256("".join(_hash(path) for path in models).encode()).hexdigest()
    return {**hashes, "the project's models and contracts": together}


def changes_since(before: Mapping[str, Any], settings: Settings, files: Mapping[str, str]) -> list[str]:
    """One line per setting and file that is another than in `before`, the manifest of the version published before."""
    return changes_between(before, {"settings": company_vars(settings), "files": files})


def changes_between(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """One line per setting and file in which two manifests differ, the as-of date that was asked for aside."""
    asked = {name: value for name, value in now.get("settings", {}).items() if name != "as_of_asked"}
    return [*_settings(before.get("settings", {}), asked), *_files(before.get("files", {}), now.get("files", {}))]


def _settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, value in now.items():
        if name in before and before[name] != value:
            yield f"{name}: {json.dumps(before[name])} is now {json.dumps(value)}"


def _files(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Nothing where the version before was published without telling its files."""
    for name in sorted({*before, *now}) if before else ():
        if name not in now:
            yield f"{name}: removed"
        elif name not in before:
            yield f"{name}: new"
        elif before[name] != now[name]:
            yield f"{name}: changed"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
