"""Which extracts are taken when, and the files that they make: `<source>/<object>/<extract time>.<format>`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from dagster_project.simulate.export.dirt import dirty_rows
from dagster_project.simulate.export.files import FORMATS, write
from dagster_project.simulate.options import Options
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.timeline import DAY, Timeline

_BEFORE_EVERYTHING = 0


@dataclass(frozen=True)
class Extract:
    """One extract: what changed within [begin, end), taken in the last second before `end`."""

    begin: int
    end: int

    @property
    def name(self) -> str:
        """Extract time as file names have it, such as 2026-03-31T235959Z."""
        taken = np.datetime_as_string(np.datetime64(self.end - 1, "s"))
        return str(taken).replace(":", "") + "Z"


def extracts(options: Options, timeline: Timeline) -> list[Extract]:
    """Extracts in order: one over everything so far, then one per day where the layout has days."""
    end = timeline.end - options.withheld_days * DAY
    whole = end - options.daily_days * DAY if options.layout == "bulk" else timeline.start
    edges = [_BEFORE_EVERYTHING, *range(whole, end + 1, DAY)]
    return [Extract(begin, end) for begin, end in pairwise(edges)]


class Landing:
    """The files of one export under `out`: `<source>/<object>/<extract time>.<format>`; empty ones have none.

    Blocks come one after the other; each adds its rows to the same files.
    """

    def __init__(self, options: Options, out: Path) -> None:
        self._options = options
        self._out = out
        self._planned = extracts(options, Timeline.of(options))
        self._rows: dict[Path, int] = {}

    def add(self, table: Table) -> None:
        """Add a table's rows to each extract's file; unusable rows go into the last one that has rows."""
        suffix = FORMATS.get(table.name, "csv")
        found = [(extract, table.newest(extract.begin, extract.end)) for extract in self._planned]
        found = [(extract, rows) for extract, rows in found if len(rows)]
        for extract, rows in found:
            columns = {name: column.take(rows) for name, column in table.columns.items()}
            extra = dirty_rows(self._options, table) if extract is found[-1][0] else []
            path = self._out / table.source / table.name / f"{extract.name}.{suffix}"
            self._rows[path] = write(path, columns, extra)

    def close(self) -> dict[Path, int]:
        """Finish the files; rows of each, unusable ones included."""
        return self._rows
