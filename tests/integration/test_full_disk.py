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
    finish,
    leave_no_room,
    rounds,
    settings_in,
    start,
    wait_for,
)
from tests.integration.sameness import check_same

MOMENTS = ["success: intermediate", PHASES["publish"]]
MORE_MOMENTS = [PHASES["ingest"], "loaded salesforce/Opportunity/", PHASES["dbt"], PHASES["checks"]]


def test_a_run_that_a_full_disk_ended_is_made_good_by_the_next(
    company_run: DailyRun, tmp_path: Path, parsed_project: Path
) -> None:
    calm = company_run.settings
    shaken = settings_in(tmp_path / "shaken", calm.landing)
    reuse_parse(parsed_project, shaken)
    for moment in [*MORE_MOMENTS[: rounds(0)], *MOMENTS]:
        process = start(RUN, shaken)
        wait_for(process, moment)
        leave_no_room(process)
        assert process.stdout is not None
        said = process.stdout.read()
        assert process.wait() == 1, said
        assert "NOT PUBLISHED. Nothing has been published yet." in said
        assert "Free space" in said
        assert "Traceback" not in said
        assert check_published(shaken.published_path) is None
    assert "The daily job succeeded" in finish(RUN, shaken)
    assert not list((shaken.published_path / "versions").glob(".writing-*"))
    check_same(shaken, calm)
