"""When opportunities come: growth, months, and what the end of a quarter does, by true source.

How many of each source there are, and everything else about them, is in `deals`.
"""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import Floats, Ints, whole
from dagster_project.simulate.timeline import DAY, HOUR, Timeline, working_instant, working_seconds

# Per quarter, by true source; over a long history each source grows threefold at most.
GROWTH = np.array([1.03, 1.05, 1.04, 1.08, 1.05, 1.04])
_MOST_GROWTH = 3.0
# January to December: summer and December are slow, the months after them make up for it.
MONTHS = np.array([1.08, 1.06, 1.02, 1.03, 1.05, 0.97, 0.84, 0.80, 1.13, 1.10, 1.06, 0.72])
# In the first and in the last two weeks of a quarter: who closes has no time to prospect, SDRs hurry to their target.
AT_QUARTER_START = np.array([1.20, 0.90, 1.00, 1.00, 1.05, 1.00])
AT_QUARTER_END = np.array([0.70, 1.20, 0.95, 1.00, 0.85, 1.00])
_EDGE_DAYS = 14


def arrivals(rng: np.random.Generator, timeline: Timeline, source: int, count: int) -> Ints:
    """Working instants of `count` opportunities of a true source, evenly along its intensity; sorted."""
    days = np.arange(timeline.start // DAY, timeline.end // DAY)
    edges = working_seconds(np.append(days, timeline.end // DAY) * DAY)
    reached = np.append(0.0, np.cumsum(intensity(timeline, source, days) * np.diff(edges)))
    draw = (np.arange(count) + rng.random(count)) / max(count, 1) * reached[-1]
    at = whole(np.interp(draw, reached, edges.astype(np.float64)))
    return working_instant(np.minimum(at, edges[-1] - HOUR))


def intensity(timeline: Timeline, source: int, days: Ints) -> Floats:
    """Opportunities of a true source per working hour on each of the days (since 1970), as a factor."""
    at = days * DAY
    quarter = timeline.quarter_of(at)
    growth = min(GROWTH[source], _MOST_GROWTH ** (1 / timeline.quarters))
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    into, left = at - timeline.quarter_starts[quarter], timeline.next_quarter_start(at) - at
    factor = growth ** quarter.astype(np.float64) * MONTHS[month]
    factor = np.where(into < _EDGE_DAYS * DAY, factor * AT_QUARTER_START[source], factor)
    return np.where(left <= _EDGE_DAYS * DAY, factor * AT_QUARTER_END[source], factor)
