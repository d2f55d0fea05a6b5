"""How far each source lags behind the as-of date, against the limit of its contract.

A source's newest system timestamp is the newest of what its extracts declare and what its records carry, the latter
never later than the extract that carried it. A source that has brought nothing yet has no age.
"""

from __future__ import annotations

from collections.abc import Iterable

from dagster_project.lib.contracts import Source
from dagster_project.lib.gate.suites import CheckSpec

FRESHNESS_CHECK = "sources_are_fresh"
FRESHNESS_TABLE = "core.dim_opportunities"
FRESHNESS_PAGE = "core.sources"
FILES_TABLE = "raw.plumbline_files"


def freshness_check() -> CheckSpec:
    """A warning where a source is older than its contract allows."""
    return CheckSpec(
        name=FRESHNESS_CHECK,
        expectation="expect_column_pair_values_a_to_be_greater_than_b",
        kwargs={"column_A": "freshness_days", "column_B": "days_behind", "or_equal": True},
        severity="warn",
        description=(
            "No source's newest system timestamp lies further before the end of the as-of date than the "
            "freshness_days of its contract."
        ),
    )


def freshness_query(sources: Iterable[Source]) -> str:
    """One row per source that has a limit and has brought records: its newest system timestamp and its age in days."""
    known = list(sources)
    limits = {source.name: source.freshness_days for source in known}
    stated = {source.name: source.freshness_days or limits.get(source.extends or "") for source in known}
    rows = ", ".join(f"({_quoted(name)}, {days})" for name, days in sorted(stated.items()) if days is not None)
    tables = sorted(item.raw_table for source in known for item in source.objects)
    records = "\n    union all ".join(
        f"select _source, max(least(_version_at, _extracted_at)) from raw.{table} group by _source" for table in tables
    )
    return f"""
select
    limits.source_name,
    max(seen.seen_at) as newest_system_at,
    round(
        date_diff('second', max(seen.seen_at), max(run_settings.as_of_at)) / 86400.0, 2
    ) as days_behind,
    max(limits.freshness_days) as freshness_days
from (values {rows}) as limits (source_name, freshness_days)
inner join (
    select source_name, extracted_at as seen_at from {FILES_TABLE}
    where is_extract_time_declared and status in ('loaded', 'repeated')
    union all {records}
) as seen on limits.source_name = seen.source_name
cross join intermediate.int_run_settings as run_settings
where seen.seen_at is not null
group by limits.source_name
order by limits.source_name
""".strip()


def _quoted(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"
