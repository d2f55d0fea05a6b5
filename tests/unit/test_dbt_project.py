"""The copy of the dbt project that runs see."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.lib.dbt_manifest import ensure_manifest
from dagster_project.lib.dbt_project import copy_project
from dagster_project.lib.settings import Settings, SettingsError


def seeds_of(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_seeds_of_any_folder_lie_beside_the_project(tmp_path: Path) -> None:
    seeds = seeds_of(tmp_path / "rules", roles="role\nae\n")
    project = copy_project(Settings(tmp_path / "home", tmp_path / "landing", None, seeds))
    assert (project / "dbt_project.yml").is_file()
    assert [path.name for path in (project.parent / "seeds").iterdir()] == ["roles.csv"]


def test_a_copy_follows_its_source_and_keeps_what_did_not_change(tmp_path: Path) -> None:
    seeds = seeds_of(tmp_path / "rules", kept="a\n1\n", changed="a\n1\n", gone="a\n1\n")
    settings = Settings(tmp_path / "home", tmp_path / "landing", None, seeds)
    copied = copy_project(settings).parent / "seeds"
    inode = (copied / "kept.csv").stat().st_ino
    seeds_of(seeds, changed="a\n22\n")
    (seeds / "gone.csv").unlink()
    copy_project(settings)
    assert sorted(path.name for path in copied.glob("*.csv")) == ["changed.csv", "kept.csv"]
    assert (copied / "changed.csv").read_text(encoding="utf-8") == "a\n22\n"
    assert (copied / "kept.csv").stat().st_ino == inode


def test_a_seeds_folder_that_lacks_a_seed_is_told_so_before_dbt_runs(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home", tmp_path / "landing", None, seeds_of(tmp_path / "rules", roles="role\nae\n"))
    with pytest.raises(
        SettingsError, match=r"rules \(PLUMBLINE_SEEDS\) lacks .*business_hours\.csv, .*Copy what is missing from"
    ):
        ensure_manifest(settings)
    assert not settings.home.exists()
