"""Running the job `daily` in this process and saying what came of it, for the command line and the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError  # what Ctrl-C and SIGTERM are to a run

from dagster_project.definitions import build_daily_job
from dagster_project.defs.automation.replay import ReplayedDay, replay_days
from dagster_project.lib.run_report import RunReport, read_report
from dagster_project.lib.run_tags import AS_OF, asked_as_of
from dagster_project.lib.settings import Settings

MAX_CAUSE = 500


@dataclass(frozen=True)
class FinishedRun:
    """A run that has ended. `error` says why it failed, in words; None where it succeeded."""

    run_id: str
    report: RunReport
    error: str | None

    @property
    def success(self) -> bool:
        return self.error is None


def run_daily(settings: Settings, instance: dg.DagsterInstance, log_level: str = "INFO") -> FinishedRun:
    """Run the daily job over the folders of `settings`, its progress on standard output."""
    result = build_daily_job(settings).execute_in_process(
        instance=instance,
        run_config={"loggers": {"progress": {"config": {"log_level": log_level}}}},
        tags={AS_OF: asked_as_of(settings)},
        raise_on_error=False,
    )
    return _finished(settings, result)


def run_replay(
    settings: Settings,
    instance: dg.DagsterInstance,
    first: date,
    last: date,
    tell: Callable[[str], None],
    log_level: str = "INFO",
) -> Iterator[tuple[ReplayedDay, FinishedRun]]:
    """Run the daily job for each day from `first` to `last`, as `replay_days` does."""
    days = replay_days(
        settings, partial(build_daily_job, settings), instance, first, last, log_level=log_level, tell=tell
    )
    for replayed in days:
        yield replayed, _finished(settings, replayed.result)


def _finished(settings: Settings, result: dg.ExecuteInProcessResult) -> FinishedRun:
    return FinishedRun(
        run_id=result.run_id,
        report=read_report(settings, result.run_id),
        error=None if result.success else _what_failed(result),
    )


def _what_failed(result: dg.ExecuteInProcessResult) -> str:
    messages = []
    for event in result.all_events:
        if event.is_step_failure:
            messages.append(f"{event.step_key}: {_cause(event.step_failure_data.error)}")
        elif event.event_type_value == "RESOURCE_INIT_FAILURE":
            messages.append(_cause(event.engine_event_data.error))
    return "\n".join(messages) or "The run failed; see the lines above."


def _cause(error: Any) -> str:
    """What the innermost error says, on one line, without the class it is of; a `dg.Failure` has the last word."""
    while error is not None and error.cause is not None and error.cls_name != dg.Failure.__name__:
        error = error.cause
    if error is None:
        return "unknown error"
    if error.cls_name == DagsterExecutionInterruptedError.__name__:
        return "the run was interrupted. What was loaded is kept: run again."
    said = " ".join(error.message.split()).split(f"{error.cls_name}: ", 1)[-1]
    return said if len(said) <= MAX_CAUSE else f"{said[:MAX_CAUSE]}…"
