"""The dbt manifest: made when missing or out of date, and the questions that the rest asks of it.

Every entry point (UI, validation, tests, the daily job) goes through `load_manifest`, so none needs a build step
before it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster_project.lib.company_settings import changed_vars
from dagster_project.lib.contracts import definitions_hash, load_sources
from dagster_project.lib.dbt_process import DbtError, DbtRun, environment
from dagster_project.lib.dbt_project import DBT_PROJECT_PATH, check_seeds, copy_project, project_files
from dagster_project.lib.files import locked, sync
from dagster_project.lib.publish import MartTable
from dagster_project.lib.settings import Settings

SHAPING_FOLDERS = ("models", "macros")
PARTIAL_PARSE = "partial_parse.msgpack"  # what dbt keeps of a parse, so that the next one reads only what changed


def load_manifest(settings: Settings) -> dict[str, Any]:
    """The manifest of the dbt project as it is now.

    Raises DbtError where the project doesn't parse, SettingsError where a seed is missing.
    """
    return json.loads(ensure_manifest(settings).read_text(encoding="utf-8"))


def ensure_manifest(settings: Settings) -> Path:
    """Path of an up-to-date manifest; dbt parses the project where the last one was made from other files."""
    check_seeds(settings.seeds)
    folder = settings.dbt_target_path.parent
    manifest, stamp = folder / "manifest.json", folder / "manifest.fingerprint"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "manifest.lock"):
        project = copy_project(settings)
        files = [*project_files(project), *project_files(project.parent / "seeds")]
        fingerprint = f"{version('dbt-core')} {settings.seeds} {_fingerprint(files)}"
        if manifest.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint:
            return manifest
        target = folder / "parsed"
        _parse(settings, target)
        settings.dbt_target_path.mkdir(parents=True, exist_ok=True)
        shutil.copy2(target / PARTIAL_PARSE, settings.dbt_target_path / PARTIAL_PARSE)
        fresh = folder / ".manifest.json"
        shutil.copyfile(target / "manifest.json", fresh)
        sync(fresh)
        os.replace(fresh, manifest)
        stamp.write_text(fingerprint, encoding="utf-8")
    return manifest


def _parse(settings: Settings, target: Path) -> None:
    """Parse from what dbt kept of the last time; where that fails, from nothing: it stumbles over entries that moved to
    another file since."""
    try:
        DbtRun(["parse"], environment(settings, target)).wait()
    except DbtError:
        if not (target / PARTIAL_PARSE).exists():
            raise
        (target / PARTIAL_PARSE).unlink()
        DbtRun(["parse"], environment(settings, target)).wait()


def config_hash(settings: Settings) -> str:
    """Hash of all that shapes models: SQL, settings, seeds, contracts and mappings. A new one means a full refresh."""
    files = [DBT_PROJECT_PATH / "dbt_project.yml", *project_files(settings.seeds)]
    for folder in SHAPING_FOLDERS:
        files += project_files(DBT_PROJECT_PATH / folder)
    changed = changed_vars(settings)
    own = f"-{hashlib.sha256(json.dumps(changed).encode()).hexdigest()}" if changed else ""
    owner = "-own-seeds" if settings.owns_seeds else ""
    return f"{_fingerprint(files)}-{definitions_hash(load_sources(settings))}{own}{owner}"


def model_folder(node: Mapping[str, Any]) -> str:
    """The folder directly under models/ that a model lies in: staging, intermediate or marts."""
    return node["fqn"][1]


def mart_tables(manifest: Mapping[str, Any]) -> list[MartTable]:
    """Every mart of the project, by schema and name."""
    marts = [
        MartTable(
            schema=node["schema"],
            name=node["alias"],
            description=node["description"],
            descriptions={column["name"]: column["description"] for column in node["columns"].values()},
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and model_folder(node) == "marts"
    ]
    return sorted(marts, key=lambda mart: (mart.schema, mart.name))


def _fingerprint(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.parent.name}/{path.name}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
