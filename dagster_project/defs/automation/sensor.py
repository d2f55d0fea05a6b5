"""The sensor that starts the daily job when new extracts have landed and come to rest.

It runs by default, as the schedule does: extracts that wait for somebody to find a switch are late. That is safe:
one state of the landing folder starts one run at most, what a run has loaded starts none, and runs never interleave.
"""

import time
from collections.abc import Callable

import dagster as dg

from dagster_project.defs.automation.daily import DAILY
from dagster_project.lib.landing_watch import Look, landing_state, loaded_state, look_again
from dagster_project.lib.run_lock import holder_of
from dagster_project.lib.settings import Settings

LOOK_SECONDS = 30
SETTLE_SECONDS = 60
"""A file that is still being written changes its size within this time."""


def build_extracts_sensor(settings: Settings, now: Callable[[], float] = time.time) -> dg.SensorDefinition:
    """The sensor over the landing folder of `settings`. `now` gives seconds since 1970."""

    @dg.sensor(
        name="new_extracts",
        job=DAILY,
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            f"Starts the daily job once when files in the landing folder are new or changed and nothing there has "
            f"moved for {SETTLE_SECONDS} s."
        ),
    )
    def new_extracts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        state = landing_state(settings.landing)
        if state is None:
            return dg.SensorResult(skip_reason=f"No extracts in {settings.landing}.")
        look = look_again(Look.read(context.cursor), state, now())
        wait = look.since + SETTLE_SECONDS - now()
        holder = holder_of(settings.lock_path)
        if state == loaded_state(settings):
            skip = "All extracts have been loaded."
        elif wait > 0:
            skip = f"Extracts have changed; starting the daily job if they rest for {wait:.0f} s more."
        elif holder is not None:
            skip = f"Extracts have changed; waiting for {holder} to end."
        else:
            return dg.SensorResult(run_requests=[dg.RunRequest(run_key=state)], cursor=look.cursor())
        return dg.SensorResult(skip_reason=skip, cursor=look.cursor())

    return new_extracts
