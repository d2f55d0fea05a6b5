"""The project's models over handmade tables: compiled by dbt once, run in a database in memory as often as wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from dagster_project.lib.dbt_process import DbtRun, environment
from dagster_project.lib.dbt_project import copy_project
from dagster_project.lib.settings import Settings
from tests.parsed_project import SEEDS, reuse_parse


def compile_models(home: Path, parsed: Path, names: Iterable[str], made_up: Mapping[str, str]) -> dict[str, str]:
    """The SQL of models and tests by name, as dbt compiles it for a warehouse that is still empty; also of models that
    only `made_up` has. `home` is an empty folder, `parsed` one in which dbt has parsed the project."""
    settings = Settings(home=home, landing=home, mappings=None, seeds=SEEDS, lock_wait_seconds=0)
    reuse_parse(parsed, settings)
    project = copy_project(settings)
    for name, text in made_up.items():
        (project / "models" / f"{name}.sql").write_text(text, encoding="utf-8")
    settings.warehouse_path.parent.mkdir(parents=True)
    wanted, target = [*names, *made_up], settings.dbt_target_path
    DbtRun(["compile", "--full-refresh", "--select", *wanted], environment(settings, target)).wait()
    found = {path.stem: path.read_text(encoding="utf-8") for path in (target / "compiled").rglob("*.sql")}
    return {name: found[name] for name in wanted}


def begin_build(connection: duckdb.DuckDBPyConnection, tables: str) -> None:
    """Use a database `build`, as models name it, that holds nothing but `tables` (SQL)."""
    connection.execute("use memory")
    connection.execute("detach database if exists build")
    connection.execute("attach ':memory:' as build; use build")
    connection.execute(tables)
