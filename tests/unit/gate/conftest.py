"""The fixture of the gate's tests: a company of its own for every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_company import Company, build_company, build_template

from dagster_project.lib.contracts import Source, load_sources
from dagster_project.lib.gate import run
from dagster_project.lib.settings import Settings


@pytest.fixture(scope="session")
def shipped_sources(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """The shipped contracts, read once: reading them takes longer than most questions."""
    folder = tmp_path_factory.mktemp("sources")
    return load_sources(Settings(home=folder, landing=folder, mappings=None, seeds=folder))


@pytest.fixture(scope="session")
def template_warehouse(tmp_path_factory: pytest.TempPathFactory, shipped_sources: list[Source]) -> Path:
    path = tmp_path_factory.mktemp("template") / "build.duckdb"
    build_template(path, shipped_sources)
    return path


@pytest.fixture
def company(
    tmp_path: Path, template_warehouse: Path, shipped_sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> Company:
    monkeypatch.setattr(run, "load_sources", lambda _: shipped_sources)
    return build_company(tmp_path, template_warehouse)
