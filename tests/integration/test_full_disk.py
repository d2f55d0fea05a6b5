"""The disk runs full while the daily job works: it ends in words, nothing half-made is seen, and a plain run mends.

`make soak` fills it in every phase; the daily tests do where dbt, a program of its own, writes, and at the publish.
"""

from __future__ import annotations

from pathlib import Path

from tests.conftest import DailyRun, reuse_parse
from tests.integration.processes import (
    PHASES,
    RUN,
    check_published,
    fill_disk,
    finish,
    rounds,
    settings_in,
    start,
    wait_for,
)
from tests.integration.sameness import check_same

DAILY = {"success: intermediate": 0, PHASES["publish"]: 1_000_000}
SOAK = {PHASES["ingest"]: 0, "loaded salesforce/Opportunity/": 0, PHASES["dbt"]: 6_000_000, PHASES["checks"]: 0}
"""What the job says at an instant, and how large files may be from then on. With none, Dagster's own records fail first."""


def test_a_run_that_a_full_disk_ended_is_made_good_by_the_next(
    company_run: DailyRun, tmp_path: Path, parsed_project: Path
) -> None:
    calm = company_run.settings
    shaken = settings_in(tmp_path / "shaken", calm.landing)
    reuse_parse(parsed_project, shaken)
    for moment, room in (DAILY | SOAK if rounds(0) else DAILY).items():
        process = start(RUN, shaken)
        wait_for(process, moment)
        fill_disk(process, room)
        assert process.stdout is not None
        said = process.stdout.read()
        assert process.wait() == 1, said
        assert "NOT PUBLISHED. Nothing has been published yet." in said
        assert "Traceback" not in said
        if room == 0:
            assert "The run could not go on" in said
        if moment == PHASES["publish"]:
            assert "publish: No new version could be written" in said
        if room == 0 or moment == PHASES["publish"]:
            assert "Free space or correct the rights" in said
        assert check_published(shaken.published_path) is None
    assert "The daily job succeeded" in finish(RUN, shaken)
    assert not list((shaken.published_path / "versions").glob(".writing-*"))
    check_same(shaken, calm)
