"""Resources that steps share.

The run session holds the run lock and is required by every step. Under the in-process executor Dagster makes a run's
resources before its first step and tears them down after its last, so the lock covers the whole run, however it was
started and whatever it selects.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import dagster as dg

from dagster_project.lib.ingest import ObjectReport
from dagster_project.lib.run_lock import RunLock, hold_run_lock
from dagster_project.lib.settings import Settings

RUN_SESSION = "run_session"
REQUIRED_RESOURCES = {RUN_SESSION}


@dataclass(frozen=True)
class RunSession:
    """What lasts as long as a run: the lock it holds, and what it has loaded so far."""

    lock: RunLock
    loads: list[ObjectReport] = field(default_factory=list)


def build_run_session(settings: Settings) -> dg.ResourceDefinition:
    """The session of a run over the home folder of `settings`."""

    @dg.resource(description="One run owns the build warehouse from ingest to publish; another waits.")
    def run_session(context: dg.InitResourceContext) -> Iterator[RunSession]:
        run_id = context.run.run_id if context.run else "outside a run"
        tell = context.log.info if context.log else print
        with hold_run_lock(settings.lock_path, run_id, settings.lock_wait_seconds, tell) as lock:
            yield RunSession(lock)

    return run_session
