"""Replaying a range of days: the daily job once per day, with what was known at the end of that day and no more.

Marts are snapshots as of one day, so their assets have no partitions: a partition that is made again would not be the
version that was published then. A replay publishes day after day instead, each day a run of its own. It owns the
warehouse for all of its days.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from dagster_project.lib.run_lock import RunLock, RunLockTimeoutError, hold_run_lock
from dagster_project.lib.run_tags import AS_OF, EXTRACTS_UNTIL
from dagster_project.lib.settings import Settings, SettingsError

DailyJob = Callable[[RunLock], dg.JobDefinition]


@dataclass(frozen=True)
class ReplayedDay:
    """A day of a replay that has ended: its run, and its place in the range, from 1."""

    day: date
    number: int
    of: int
    result: dg.ExecuteInProcessResult


def replay_days(
    settings: Settings,
    daily_job: DailyJob,
    instance: dg.DagsterInstance,
    first: date,
    last: date,
    *,
    log_level: str = "INFO",
    tell: Callable[[str], None] = print,
) -> Iterator[ReplayedDay]:
    """Run the daily job for each day from `first` to `last`, oldest first; a day that failed is the last one.

    Raises SettingsError where the range is empty, RunLockTimeoutError where another run keeps the warehouse.
    """
    if last < first:
        raise SettingsError(f"The replay's last day {last} is before its first day {first}. Swap them.")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    with hold_run_lock(settings.lock_path, f"replay of {first} to {last}", settings.lock_wait_seconds, tell) as lock:
        job = daily_job(lock)
        for number, day in enumerate(days, start=1):
            tell(f"Replaying day {number}/{len(days)}: {day}")
            result = job.execute_in_process(
                instance=instance,
                run_config={"loggers": {"progress": {"config": {"log_level": log_level}}}},
                tags={AS_OF: day.isoformat(), EXTRACTS_UNTIL: day.isoformat()},
                raise_on_error=False,
            )
            yield ReplayedDay(day, number, len(days), result)
            if not result.success:
                return


def read_day(text: str) -> date:
    """A day as people type it, YYYY-MM-DD. Raises SettingsError for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise SettingsError(f"{text!r} is not a date. Give it as YYYY-MM-DD, for example 2026-03-31.") from error


class ReplayRange(dg.Config):
    """First and last extract day, YYYY-MM-DD, both included."""

    first_day: str
    last_day: str


def build_replay_job(settings: Settings, daily_job: DailyJob) -> dg.JobDefinition:
    """The job `replay`: its config is the range of days; each day is a run of the daily job, listed beside it."""

    @dg.op(name="replay_days", description="Runs the daily job once per day, oldest first; stops at a day that failed.")
    def replay_range(context: dg.OpExecutionContext, config: ReplayRange) -> None:
        try:
            days = replay_days(
                settings,
                daily_job,
                context.instance,
                read_day(config.first_day),
                read_day(config.last_day),
                tell=context.log.info,
            )
            for replayed in days:
                if not replayed.result.success:
                    raise dg.Failure(
                        f"Day {replayed.day} failed: see run {replayed.result.run_id}. Days before it are published.",
                        allow_retries=False,
                    )
                context.log.info(f"Published {replayed.day} by run {replayed.result.run_id}")
        except (SettingsError, RunLockTimeoutError) as error:
            raise dg.Failure(str(error), allow_retries=False) from error

    @dg.job(
        name="replay",
        description=(
            "Publishes a range of past days again, each with the extracts that were known at its end. Needs a home "
            "without later extracts."
        ),
    )
    def replay() -> None:
        replay_range()

    return replay
