"""The dbt project as a run sees it: a copy under the home folder, beside the seeds that the settings name.

dbt writes what it runs to target/run/<path of the file>. A seed outside the project would have an absolute path there,
and dbt would overwrite the seed itself with SQL. In the copy the seeds always lie at ../seeds, wherever they came
from, and a project that is edited during a run changes nothing in it. Where custom fields are lifted, the copy says so
and the project doesn't (`lib.lifted_columns`).
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dagster_project.lib.company_settings import changed_vars
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.files import locked
from dagster_project.lib.lifted_columns import lifted_files
from dagster_project.lib.settings import PROJECT_ROOT, SAMPLE_SEEDS, SETTINGS_FILE, Settings, SettingsError

DBT_PROJECT_PATH = PROJECT_ROOT / "dbt"
PROJECT_FILE = "dbt_project.yml"
MADE_FOLDERS = frozenset({"target", "logs", "dbt_packages"})


def project_path(settings: Settings) -> Path:
    """Folder of the copied dbt project."""
    return settings.home / "dbt" / "project" / "dbt"


def copy_project(settings: Settings) -> Path:
    """Bring the copy up to date and return its folder; unchanged files stay, so that dbt parses only the rest.

    Raises ContractError where a contract or mapping can't be used, SettingsError where a setting can't.
    """
    target = project_path(settings)
    changed = changed_vars(settings)
    lifts = [lift for source in load_sources(settings) for lift in source.lifts]
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.parent / "copy.lock"):
        _mirror(DBT_PROJECT_PATH, target, {**lifted_files(DBT_PROJECT_PATH, lifts), **_with_vars(changed)})
        _mirror(settings.seeds, target.parent / "seeds", {})
    return target


def _with_vars(changed: Mapping[str, Any]) -> dict[str, str]:
    """The project's own file with other vars; nothing where none differ, so that the copy is the same file."""
    if not changed:
        return {}
    project = yaml.safe_load((DBT_PROJECT_PATH / PROJECT_FILE).read_text(encoding="utf-8"))
    project["vars"] |= changed
    return {PROJECT_FILE: yaml.safe_dump(project, sort_keys=False, allow_unicode=True)}


def check_seeds(folder: Path) -> None:
    """Raise SettingsError where a seed that the project has is missing from the folder that the settings name."""
    lacking = missing_seeds(folder)
    if lacking:
        raise SettingsError(lacking)


def missing_seeds(folder: Path) -> str | None:
    """What a seeds folder lacks, and what to do; None where every seed of the project is there."""
    missing = sorted({path.name for path in SAMPLE_SEEDS.glob("*.csv")} - {path.name for path in folder.glob("*.csv")})
    if not missing:
        return None
    return (
        f"{folder} (PLUMBLINE_SEEDS) lacks {', '.join(missing)}, which the models read. "
        f"Copy what is missing from {SAMPLE_SEEDS} and adapt it to your company."
    )


def project_files(folder: Path) -> list[Path]:
    """Every file under a folder of the project or of seeds that somebody wrote and dbt reads, sorted."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.name != SETTINGS_FILE
        and not path.name.startswith(".")
        and MADE_FOLDERS.isdisjoint(path.relative_to(folder).parts)
    )


def _mirror(source: Path, target: Path, replaced: Mapping[str, str]) -> None:
    """Make `target` hold the files of `source`, but those in `replaced` with the text that stands there."""
    wanted = {path.relative_to(source) for path in project_files(source)}
    for stale in project_files(target) if target.exists() else []:
        if stale.relative_to(target) not in wanted:
            stale.unlink()
    for name in wanted:
        copied = target / name
        text = replaced.get(name.as_posix())
        if copied.exists() and _is_same(source / name, text, copied):
            continue
        copied.parent.mkdir(parents=True, exist_ok=True)
        fresh = copied.with_name(f".{copied.name}.fresh")
        if text is None:
            shutil.copy2(source / name, fresh)
        else:
            fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, copied)


def _is_same(source: Path, text: str | None, copied: Path) -> bool:
    if text is None:
        return filecmp.cmp(source, copied, shallow=True)
    return copied.read_text(encoding="utf-8") == text
