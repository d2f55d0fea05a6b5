"""How long ago each source last brought a file, by the clock of the run: what as-of can't tell.

With an as-of of an earlier day, or a connector that stopped, the data's own age looks as it did; the day on which the
last file arrived doesn't. Models have no clock: the run keeps its own beside the last files, for `ops` and the summary.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import duckdb

from dagster_project.lib.contracts import Source
from dagster_project.lib.warehouse import transaction

_LAST_FILES = """
select source_name, max(loaded_at) as last_at
from raw.plumbline_files
where status in ('loaded', 'repeated') and loaded_at is not null
group by source_name order by source_name
"""


@dataclass(frozen=True)
class LastFile:
    """When a source last brought a file (UTC), how many days ago, and how many its contract allows (None: any)."""

    source: str
    last_at: datetime
    days: float
    limit: int | None

    @property
    def is_late(self) -> bool:
        return self.limit is not None and self.days > self.limit

    @property
    def sentence(self) -> str:
        return (
            f"{self.source}: no new file for {self.days:.1f} days; the last one arrived on "
            f"{self.last_at:%Y-%m-%d %H:%M} UTC, and its contract expects one within {self.limit} days"
        )


def keep_last_files(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source], now: datetime) -> list[LastFile]:
    """The last file of every source that ever brought one, as of `now` (UTC, naive); kept where SQL finds it."""
    known = list(sources)
    own = {source.name: source.freshness_days for source in known}
    limits = {source.name: source.freshness_days or own.get(source.extends or "") for source in known}
    found = [
        LastFile(name, last_at, (now - last_at).total_seconds() / 86400, limits.get(name))
        for name, last_at in connection.execute(_LAST_FILES).fetchall()
    ]
    with transaction(connection):
        connection.execute("delete from raw.plumbline_last_files")
        for last in found:
            row = [last.source, last.last_at, now, last.limit]
            connection.execute("insert into raw.plumbline_last_files values (?, ?, ?, ?)", row)
    return found
