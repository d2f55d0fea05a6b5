"""What of the sample company's seeds ruled real data: named in the summary until a company has a folder of its own.

Reads the build warehouse; nothing here changes a number.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from dagster_project.lib import warehouse
from dagster_project.lib.files import write_json
from dagster_project.lib.ingest.discovery import format_of, is_hidden
from dagster_project.lib.settings import Settings

_STAGES = """
select count(distinct (visits.pipeline_id, visits.stage)) filter (where policy.stage is not null) as n_used,
    count(distinct (visits.pipeline_id, visits.stage)) as n_all
from intermediate.int_stage_visits as visits
left join intermediate.int_stage_policy as policy
    on visits.pipeline_id = policy.pipeline_id and visits.stage = policy.stage and policy.origin = 'seed'
"""
_RULES = """
select count(distinct rule_id) as n_used, (select count(*) from seeds.stage_rules) as n_all
from governance.fct_stage_rule_evaluations
"""
_RATES = """
with crm as (
    select distinct iso_code as currency, cast(conversion_rate as double) = 1 as is_corporate
    from staging.stg_salesforce__dated_conversion_rate
),
needed as (
    select currency from intermediate.int_opportunities
    where currency <> (select max(reporting_currency) from intermediate.int_run_settings)
        and currency not in (select crm.currency from crm)
    union
    select currency from crm
    where is_corporate and currency <> (select max(reporting_currency) from intermediate.int_run_settings)
        and (select max(reporting_currency) from intermediate.int_run_settings) not in (select crm.currency from crm)
)
select rates.currency, count(*) as n_rows
from seeds.fx_rates as rates
inner join needed on rates.currency = needed.currency
group by rates.currency order by rates.currency
"""
_VALUES = {
    "quotas": ("user_id", "rows", "select ae_id from coverage.fct_ae_coverage"),
    "roles": ("raw_role", "role texts", "select raw_role from intermediate.int_user_intervals"),
    "source_taxonomy": (
        "claimed_source",
        "sources",
        "select original_claimed_source from intermediate.int_opportunity_sources",
    ),
    "channel_taxonomy": ("touch_type", "touch types", "select touch_type from intermediate.int_touches"),
    "loss_reasons": ("loss_reason", "loss reasons", "select loss_reason from core.dim_opportunities"),
}
"""Seed -> its column, what its values are called, and the values that the data have."""


def sample_rows_used(settings: Settings) -> list[str]:
    """One line per seed of the sample company that ruled the data; none where the seeds are the company's own, or the
    data the sample's."""
    if settings.owns_seeds or is_sample(settings):
        return []
    with warehouse.connect(settings, read_only=True) as connection:
        return rows_used(connection)


def rows_used(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """One line per seed of which a built warehouse used anything: how much of it, or of the data."""
    lines = [
        _counted("stage_policy", connection.execute(_STAGES).fetchone(), "stages"),
        _counted("stage_rules", connection.execute(_RULES).fetchone(), "rules"),
        _rates(connection.execute(_RATES).fetchall()),
        *(_values(connection, seed) for seed in _VALUES),
    ]
    return [line for line in lines if line is not None]


def note_sample(settings: Settings) -> None:
    """Keep which files of the landing folder are the sample company's, once it has been written there."""
    write_json(_note(settings), sorted(_files(settings.landing)))


def is_sample(settings: Settings) -> bool:
    """Whether the landing folder holds the sample company that a run wrote there, and nothing else."""
    note = _note(settings)
    if not note.exists():
        return False
    return set(_files(settings.landing)) <= set(json.loads(note.read_text(encoding="utf-8")))


def _note(settings: Settings) -> Path:
    return settings.home / "sample_files.json"


def _files(landing: Path) -> list[str]:
    shown = [path.relative_to(landing).as_posix() for path in landing.rglob("*") if path.is_file()]
    return [name for name in shown if format_of(name) is not None and not is_hidden(name)]


def _counted(seed: str, counts: Sequence[int] | None, things: str) -> str | None:
    used, all_of_them = counts or (0, 0)
    return f"{seed}: {used:,} of {all_of_them:,} {things}" if used else None


def _rates(rows: Sequence[tuple[str, int]]) -> str | None:
    shown = ", ".join(f"{currency} ({count} {'row' if count == 1 else 'rows'})" for currency, count in rows)
    return f"fx_rates: {shown}" if shown else None


def _values(connection: duckdb.DuckDBPyConnection, seed: str) -> str | None:
    column, things, values = _VALUES[seed]
    counts = connection.execute(
        f"with used as (select distinct lower(trim(v)) as v from ({values}) as told(v) where trim(v) <> '') "
        f"select count(*) filter (where v in (select lower(trim({column})) from seeds.{seed})), count(*) from used"
    ).fetchone()
    return _counted(seed, counts, things)
