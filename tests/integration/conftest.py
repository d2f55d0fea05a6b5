"""A company whose first daily run published: shared by the modules that look at it or run over it again."""

from __future__ import annotations

import pytest

from dagster_project.simulate import Options, simulate
from tests.conftest import DailyRun, RunDaily


@pytest.fixture(scope="session")
def company_run(daily_run: RunDaily, tmp_path_factory: pytest.TempPathFactory) -> DailyRun:
    """120 opportunities over four quarters, in a home of their own."""
    landing = tmp_path_factory.mktemp("company") / "landing"
    simulate(Options(opportunities=120, quarters=4), landing)
    run = daily_run(landing)
    assert run.success, run.summary
    return run
