"""The project's own seeds, and what dbt has parsed of it in one home for use in another."""

from __future__ import annotations

import shutil
from pathlib import Path

from dagster_project.lib.settings import PROJECT_ROOT, Settings

SEEDS = PROJECT_ROOT / "seeds"


def reuse_parse(parsed_home: Path, settings: Settings) -> None:
    """Give a new home what dbt has parsed in another one, where both have the project's seeds."""
    folder = settings.dbt_target_path.parent
    if settings.seeds == SEEDS and not folder.exists():
        parsed = Settings(home=parsed_home, landing=parsed_home, mappings=None, seeds=SEEDS).dbt_target_path.parent
        shutil.copytree(parsed, folder)
