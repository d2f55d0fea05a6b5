"""Companies that several modules run over: one whose first daily run published, one that grows day by day."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dagster_project.simulate import Options, simulate
from tests.conftest import DailyRun, RunDaily

DAYS = int(os.environ.get("SOAK_DAYS", 10))
"""How many days a company grows: ten in the tests, more in `make soak`."""


@pytest.fixture(scope="session")
def company_run(daily_run: RunDaily, tmp_path_factory: pytest.TempPathFactory) -> DailyRun:
    """120 opportunities over four quarters, in a home of their own."""
    landing = tmp_path_factory.mktemp("company") / "landing"
    simulate(Options(opportunities=120, quarters=4), landing)
    run = daily_run(landing, keep_events=True)
    assert run.success, run.summary
    return run


@pytest.fixture(scope="session")
def growing_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing folder: one bulk extract, then one a day, with versions that come late, overlaps and files sent twice."""
    landing = tmp_path_factory.mktemp("growing") / "landing"
    simulate(Options(opportunities=150, daily_days=DAYS, dirt=0.0, late=0.05, overlap_days=1, resent=0.05), landing)
    return landing
