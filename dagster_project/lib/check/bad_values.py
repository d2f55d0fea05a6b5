"""Values that can't be read, one line per object, column and reason: how many rows, and the first of them."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from dagster_project.lib.contracts import Source
from dagster_project.lib.privacy import looks_personal

MAX_VALUE = 60


def bad_values(con: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> list[str]:
    """What is in quarantine, the most frequent kind first. Of personal values only the length is told."""
    personal = {
        (source.name, target.name, column.name)
        for source in sources
        for contract in sources
        if contract.name in (source.name, source.extends)
        for target in contract.objects
        for column in target.columns
        if column.personal
    }
    rows = con.execute(
        """
        select source_name, object_name, column_name, reason, count(*) as n,
            arg_min(file_path, place), arg_min(coalesce(line_number, 0), place), arg_min(record_number, place),
            arg_min(coalesce(value, ''), place)
        from (select *, (file_path, record_number) as place from raw.plumbline_quarantine)
        group by all
        order by n desc, 1, 2, 3, 4
        """
    ).fetchall()
    said = []
    for source, name, column, reason, count, file, line, record, value in rows:
        place = f"line {line}" if line else f"record {record}"
        is_hidden = (source, name, column) in personal or looks_personal(value)
        shown = f", value {f'<{len(value)} characters>' if is_hidden else repr(value[:MAX_VALUE])}" if value else ""
        on = f" {column}" if column else ""
        said.append(f"{source} {name}{on}: {reason}: {count:,} rows, the first in {file}, {place}{shown}")
    return said
