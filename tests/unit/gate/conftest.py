"""The fixture of the gate's tests: a company of its own for every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate_company import Company, build_company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return build_company(tmp_path)
