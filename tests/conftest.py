"""What tests of every kind share: which of them this machine can run, and the daily job over folders of a test.

Data belongs to the tests that use it; this module only starts runs and opens what they published.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import dagster as dg
import duckdb
import pytest

from dagster_project.daily_run import FinishedRun, run_daily
from dagster_project.instance import open_instance
from dagster_project.lib.dbt_manifest import ensure_manifest
from dagster_project.lib.publish import is_promised, read_manifest
from dagster_project.lib.settings import PROJECT_ROOT, Settings
from dagster_project.lib.summary import render_summary
from tests.parsed_project import SEEDS, reuse_parse
from tests.small_companies import CompiledProject, SmallCompany, build_company, compile_project

REAL_DATA = PROJECT_ROOT.parent / "shared" / "data"
NEEDS = {
    "realdata": (REAL_DATA.is_dir(), "the public data sets are not beside the repository (../shared/data)"),
    "browser": (
        bool(shutil.which("chromedriver")) and bool(shutil.which("chromium") or shutil.which("google-chrome")),
        "Chromium and chromedriver are not installed (.ci/run installs them)",
    ),
}


def pytest_configure() -> None:
    """Tests say themselves where they run; what the caller's environment points at is left alone."""
    for name in [name for name in os.environ if name.startswith("PLUMBLINE_")]:
        del os.environ[name]


def pytest_report_header() -> list[str]:
    return [f"left out, {why}: tests marked {marker}" for marker, (is_met, why) in NEEDS.items() if not is_met]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = {marker for marker, (is_met, _) in NEEDS.items() if not is_met}
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in missing)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@dataclass(frozen=True)
class DailyRun:
    """A daily run that has ended, and the marts that were published when it did."""

    settings: Settings
    finished: FinishedRun

    @property
    def success(self) -> bool:
        return self.finished.success

    @property
    def error(self) -> str | None:
        return self.finished.error

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def summary(self) -> str:
        """The text that `make run` ends with."""
        return render_summary(self.settings, self.finished.report, self.finished.error)

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the published version."""
        return read_manifest(self.settings.published_path)

    @property
    def content_hashes(self) -> dict[str, str]:
        """Content hash of every published mart inside the promise, by schema.table."""
        tables = self.manifest["tables"]
        return {f"{t['schema']}.{t['name']}": t["content_hash"] for t in tables if is_promised(t["schema"], t["name"])}

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Rows of a query over the published marts."""
        marts = (self.settings.published_path / "current").resolve() / "marts.duckdb"
        return _rows(marts, query, parameters)

    def warehouse_rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Rows of a query over the build warehouse."""
        return _rows(self.settings.warehouse_path, query, parameters)


class RunDaily(Protocol):
    """Run the daily job; every folder that is not given is an empty one of the test's own, seeds are the project's.

    With `keep_events`, what Dagster knows of the run stays under the home. `asked_vars` are settings of the company, as
    the environment would hold them.
    """

    def __call__(
        self,
        landing: Path | None = None,
        *,
        mappings: Path | None = None,
        seeds: Path = SEEDS,
        as_of: date | None = None,
        home: Path | None = None,
        keep_events: bool = False,
        asked_vars: Mapping[str, str] | None = None,
    ) -> DailyRun: ...


@pytest.fixture(scope="session")
def daily_run(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> RunDaily:
    """The daily job in this process, in a home of its own unless one is given."""

    def run(
        landing: Path | None = None,
        *,
        mappings: Path | None = None,
        seeds: Path = SEEDS,
        as_of: date | None = None,
        home: Path | None = None,
        keep_events: bool = False,
        asked_vars: Mapping[str, str] | None = None,
    ) -> DailyRun:
        home = home or tmp_path_factory.mktemp("home")
        settings = Settings(
            home=home,
            landing=landing or home / "landing",
            mappings=mappings,
            seeds=seeds,
            as_of=as_of,
            lock_wait_seconds=0,
            asked_vars=tuple((asked_vars or {}).items()),
        )
        settings.landing.mkdir(parents=True, exist_ok=True)
        reuse_parse(parsed_project, settings)
        with open_instance(settings) if keep_events else dg.DagsterInstance.ephemeral() as instance:
            return DailyRun(settings, run_daily(settings, instance))

    return run


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which dbt has parsed the project, so that other homes needn't."""
    home = tmp_path_factory.mktemp("parsed")
    ensure_manifest(Settings(home=home, landing=home / "landing", mappings=None, seeds=SEEDS))
    return home


class BuildSmallCompany(Protocol):
    """A warehouse with every model over a few rows (tests/small_companies.py).

    `files`: path under the landing folder -> content; `mappings`: name -> YAML; `seeds`: name -> CSV, instead of the
    project's; `variables`: of dbt_project.yml, each set of them compiles once.
    """

    def __call__(
        self,
        files: Mapping[str, str | bytes],
        *,
        mappings: Mapping[str, str] | None = None,
        seeds: Mapping[str, str] | None = None,
        as_of: date | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> SmallCompany: ...


@pytest.fixture(scope="session")
def small_company(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Iterator[BuildSmallCompany]:
    """Build a small company's warehouse; the project is compiled once per set of variables."""
    compiled: dict[str, CompiledProject] = {}
    built: list[SmallCompany] = []

    def build(
        files: Mapping[str, str | bytes],
        *,
        mappings: Mapping[str, str] | None = None,
        seeds: Mapping[str, str] | None = None,
        as_of: date | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> SmallCompany:
        key = json.dumps(variables or {}, sort_keys=True)
        if key not in compiled:
            compiled[key] = compile_project(tmp_path_factory.mktemp("compiled"), parsed_project, variables or {})
        folder = tmp_path_factory.mktemp("company")
        built.append(build_company(folder, compiled[key], files, mappings or {}, as_of, seeds or {}))
        return built[-1]

    yield build
    for company in built:
        company.connection.close()


@pytest.fixture
def settings(tmp_path: Path, parsed_project: Path) -> Settings:
    """Settings over an empty home, the project's seeds."""
    made = Settings(
        home=tmp_path / "var", landing=tmp_path / "landing", mappings=None, seeds=SEEDS, lock_wait_seconds=0
    )
    made.landing.mkdir()
    reuse_parse(parsed_project, made)
    return made


def _rows(path: Path, query: str, parameters: Any) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query, parameters).fetchall()
