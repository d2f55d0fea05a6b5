"""Resources that steps share.

The run session holds the run lock and is required by every step. Under the in-process executor Dagster makes a run's
resources before its first step and tears them down after its last, so the lock covers the whole run, however it was
started and whatever it selects. The session also says what the run was asked for: the settings that steps go by.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import dagster as dg

from dagster_project.lib.check.stop_early import NothingToPublishError, require_landing
from dagster_project.lib.ingest import ObjectReport
from dagster_project.lib.landing_watch import landing_state
from dagster_project.lib.preflight import require_usable
from dagster_project.lib.run_lock import RunLock, hold_run_lock
from dagster_project.lib.run_tags import AS_OF, asked_as_of, asked_settings
from dagster_project.lib.settings import Settings

RUN_SESSION = "run_session"
REQUIRED_RESOURCES = {RUN_SESSION}


@dataclass(frozen=True)
class RunSession:
    """What lasts as long as a run: the lock it holds, the settings it was asked for, what it has loaded so far.

    `landing` is the state of the landing folder when the run began; `tag` adds run tags.
    """

    lock: RunLock
    settings: Settings
    tag: Callable[[Mapping[str, str]], None]
    landing: str | None = None
    loads: list[ObjectReport] = field(default_factory=list)


def build_run_session(settings: Settings, held: RunLock | None = None) -> dg.ResourceDefinition:
    """The session of a run over the home folder of `settings`; with `held`, under a lock that this process has."""

    @dg.resource(description="One run owns the build warehouse from ingest to publish; another waits.")
    def run_session(context: dg.InitResourceContext) -> Iterator[RunSession]:
        run = context.run
        tell = context.log.info if context.log else print
        asked = asked_settings(settings, run.tags if run else {})
        require_usable(asked)
        try:
            require_landing(asked)
        except NothingToPublishError as error:
            raise dg.Failure(str(error), allow_retries=False) from error

        def tag(tags: Mapping[str, str]) -> None:
            if run and context.instance:
                context.instance.add_run_tags(run.run_id, tags)

        if run and AS_OF not in run.tags:
            tag({AS_OF: asked_as_of(asked)})
        lock: AbstractContextManager[RunLock] = (
            nullcontext(held)
            if held
            else hold_run_lock(asked.lock_path, run.run_id if run else "outside a run", asked.lock_wait_seconds, tell)
        )
        with lock as owned:
            yield RunSession(owned, asked, tag, landing_state(asked.landing))

    return run_session
