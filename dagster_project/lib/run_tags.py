"""Run tags: what a run is asked for by whoever starts it, and what it says about itself.

A run started from the UI, by the schedule, the sensor or a replay has no environment of its own; a tag is the one way
to ask it for a day. Tags on the run object itself are Dagster's; here they are text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dagster_project.lib.company_settings import company_vars
from dagster_project.lib.settings import Settings, SettingsError

AS_OF = "plumbline/as_of"
"""Asked: YYYY-MM-DD, or `newest` for the day of the newest system timestamp. Without it the environment decides."""
EXTRACTS_UNTIL = "plumbline/extracts_until"
"""Asked: YYYY-MM-DD; extracts taken after the end of that day are left alone."""
LOAD = "plumbline/load"
"""Said: the newest load sequence that the run loaded or built from."""
MARTS_AS_OF = "plumbline/marts_as_of"
"""Said: the day that the marts were computed for."""

NEWEST = "newest"


def asked_settings(settings: Settings, tags: Mapping[str, str]) -> Settings:
    """`settings` as the tags of a run want them. Raises SettingsError where a tag's value is unusable."""
    if AS_OF in tags:
        as_of = None if tags[AS_OF] == NEWEST else _day(tags, AS_OF, f", or {NEWEST!r}")
        settings = replace(settings, as_of=as_of)
    if EXTRACTS_UNTIL in tags:
        zone = company_vars(settings)["reporting_timezone"]
        settings = replace(settings, extracts_until=end_of_day(_day(tags, EXTRACTS_UNTIL), zone))
    return settings


def asked_as_of(settings: Settings) -> str:
    """The value of the tag `plumbline/as_of` that asks for the as-of date of `settings`."""
    return settings.as_of.isoformat() if settings.as_of else NEWEST


def end_of_day(day: date, zone: str) -> datetime:
    """The first instant after `day` in an IANA zone, UTC and naive: the day's end as the marts cut it."""
    start_of_next = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
    return start_of_next.astimezone(UTC).replace(tzinfo=None)


def _day(tags: Mapping[str, str], name: str, otherwise: str = "") -> date:
    try:
        return datetime.strptime(tags[name], "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise SettingsError(
            f"The run tag {name}={tags[name]!r} is not a date. "
            f"Give it as YYYY-MM-DD{otherwise}, for example 2026-03-31, and start the run again."
        ) from error
