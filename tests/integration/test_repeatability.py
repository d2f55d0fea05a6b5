"""Same extracts, settings and as-of date: same marts, however often and wherever the job ran.

Marts are compared by content hash, table by table, so that a difference names the mart.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.conftest import DailyRun, RunDaily


class TestSameExtracts:
    """The whole job, twice in one home and once in another."""

    @pytest.fixture(scope="class")
    def first(self, daily_run: RunDaily, growing_company: Path) -> DailyRun:
        run = daily_run(landing=growing_company)
        assert run.success, run.error
        return run

    def test_a_second_run_loads_nothing_and_publishes_the_same(
        self, daily_run: RunDaily, growing_company: Path, first: DailyRun
    ) -> None:
        hashes, version = first.content_hashes, first.manifest["version"]
        second = daily_run(landing=growing_company, home=first.home)
        assert second.success, second.error
        assert second.content_hashes == hashes
        assert second.manifest["version"] != version
        assert second.finished.report.ingest is not None
        assert sum(source.rows_loaded for source in second.finished.report.ingest.sources) == 0
        published = (
            "select count(*) > 20, count(*) filter (where is_restated) from stage_transitions.fct_published_figures"
        )
        assert second.rows(published) == [(True, 0)]
        assert len(list(second.settings.figures_path.glob("*.parquet"))) == 1

    def test_the_as_of_date_alone_decides_what_now_is(
        self, daily_run: RunDaily, growing_company: Path, first: DailyRun
    ) -> None:
        past = daily_run(landing=growing_company, home=first.home, as_of=date(2025, 6, 30))
        assert past.success, past.error
        assert past.rows("select max(entered_at) < '2025-07-01' from stage_transitions.fct_stage_visits") == [(True,)]
        assert past.rows("select max(exited_at) < '2025-07-01' from stage_transitions.fct_stage_visits") == [(True,)]
        assert past.rows("select max(as_of_date) from coverage.fct_ae_coverage") == [(date(2025, 6, 30),)]
        assert past.rows("select * from stage_transitions.fct_published_figures") == []
        elsewhere = daily_run(landing=growing_company, as_of=date(2025, 6, 30))
        assert elsewhere.success, elsewhere.error
        assert elsewhere.content_hashes == past.content_hashes
