"""When extracts are taken, and what each one covers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dagster_project.simulate.options import Options
from dagster_project.simulate.timeline import DAY, HOUR, Timeline

_BEFORE_EVERYTHING = 0
_RESENT_AFTER = 6 * HOUR


@dataclass(frozen=True)
class Extract:
    """One extract: what changed within [begin, end), taken in the last second before `end`."""

    begin: int
    end: int

    @property
    def name(self) -> str:
        """Extract time as file names have it, such as 2026-03-31T235959Z."""
        return _name(self.end - 1)

    @property
    def resent_name(self) -> str:
        """Extract time of the same content sent again, which is before the next extract."""
        return _name(self.end - 1 + _RESENT_AFTER)


def extracts(options: Options, timeline: Timeline) -> list[Extract]:
    """Extracts in order: one over everything so far, then one per day where the layout has days."""
    end = timeline.end - options.withheld_days * DAY
    whole = end - options.daily_days * DAY if options.layout == "bulk" else timeline.start
    edges = [_BEFORE_EVERYTHING, *range(whole, end + 1, DAY)]
    return [Extract(begin, end) for begin, end in pairwise(edges)]


def _name(taken: int) -> str:
    return str(np.datetime_as_string(np.datetime64(taken, "s"))).replace(":", "") + "Z"
