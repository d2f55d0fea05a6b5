"""The fixture of the gate's tests: a company of its own for every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_company import Company, build_company, build_template


@pytest.fixture(scope="session")
def template_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "build.duckdb"
    build_template(path)
    return path


@pytest.fixture
def company(tmp_path: Path, template_warehouse: Path) -> Company:
    return build_company(tmp_path, template_warehouse)
