"""The waterfall from changes beside the usual design, one row per opportunity and day, over the same history.

Both start from the same intermediate tables and write a database file of their own, in one process each after the other.
Ours: the models from `int_pipeline_steps` to the waterfall and the pipeline by day, as dbt compiles them, and one look
into the waterfall. The peer's: a table of each opportunity's values at the end of each day from its creation to as_of,
closed or not, keyed by a hash, as the daily histories of published packages are, and the difference of its days.

A day hides what cancels within it, so the two are held equal, to the cent, by opening, closing and what each
opportunity's days added up to; what the days hide is printed.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.lib.dbt_manifest import ensure_manifest
from dagster_project.lib.dbt_process import DbtRun, environment
from dagster_project.lib.settings import Settings
from tests.bench.load import main as load

# In the order in which they are built; the first ones answer the question, the others are more than was asked.
ASKED = ("int_pipeline_steps", "int_pipeline_movements", "fct_pipeline_waterfall")
BESIDE = ("fct_pipeline_movements", "agg_pipeline_by_day")
OURS = (*ASKED, *BESIDE)
HISTORY = "opportunity_daily_history"
ANSWER = "the quarter's waterfall"
PEER = """
with states as (
    select
        states.opportunity_id, states.pipeline_id, states.stage, states.amount, states.close_date, states.owner_id,
        states.claimed_source, states.forecast_category, states.primary_campaign_id, states.loss_reason,
        unnest(generate_series(
            cast(states.valid_from as date),
            least(cast(states.valid_to as date) - 1, settings.as_of_date),
            interval 1 day
        ))::date as date_day
    from build.intermediate.int_opportunity_states as states
    cross join build.intermediate.int_run_settings as settings
    where not states.is_deleted and cast(states.valid_from as date) <= least(cast(states.valid_to as date) - 1, settings.as_of_date)
)
select
    md5(states.opportunity_id || '-' || cast(states.date_day as varchar)) as opportunity_day_id,
    states.date_day,
    states.opportunity_id,
    states.pipeline_id,
    states.stage,
    case
        when policy.is_open and policy.is_pipeline and policy.is_qualified then 'open_qualified'
        when policy.is_open and policy.is_pipeline then 'open_unqualified'
        when policy.is_open then 'open_outside'
        when policy.is_won then 'won'
        when policy.stage is not null then 'lost'
    end as status,
    states.amount,
    states.close_date,
    states.owner_id,
    owners.team,
    owners.segment,
    states.claimed_source,
    states.forecast_category,
    states.primary_campaign_id,
    states.loss_reason
from states
left join build.intermediate.int_owner_cells as owners
    on states.owner_id = owners.user_id
    and states.date_day + interval 1 day > owners.valid_from
    and states.date_day + interval 1 day <= owners.valid_to
left join build.intermediate.int_stage_policy as policy
    on states.pipeline_id = policy.pipeline_id
    and states.stage = policy.stage
    and states.date_day >= policy.valid_from
    and states.date_day < policy.valid_to
"""
# Of the company, all open pipeline: $first_on and $last_on are the quarter's days.
PEER_WATERFALL = """
with days as (
    select
        opportunity_id,
        date_day,
        status,
        coalesce(status in ('open_unqualified', 'open_qualified'), false) as is_in,
        coalesce(amount, 0) as amount,
        lead(date_day) over in_order as next_day,
        coalesce(lag(status) over in_order in ('open_unqualified', 'open_qualified'), false) as was_in,
        coalesce(lag(amount) over in_order, 0) as old_amount
    from opportunity_daily_history
    where date_day between cast($first_on as date) - 1 and cast($last_on as date)
    window in_order as (partition by opportunity_id order by date_day)
),
moved as (
    select 'opening' as movement, amount from days where date_day < $first_on and is_in
    union all
    select 'closing', amount from days where date_day = $last_on and is_in
    union all
    select
        case
            when is_in and not was_in
                then case when cast(opportunities.pipeline_at as date) = days.date_day then 'created' else 'reopened' end
            when was_in and not is_in then case when status in ('won', 'lost') then status else 'left' end
            when days.amount > old_amount then 'increased'
            else 'decreased'
        end,
        case when is_in and was_in then days.amount - old_amount when is_in then days.amount else -old_amount end
    from days
    inner join build.intermediate.int_opportunities as opportunities on days.opportunity_id = opportunities.opportunity_id
    where days.date_day >= $first_on and (is_in or was_in) and (is_in <> was_in or days.amount <> old_amount)
    union all
    select 'deleted', -amount from days where is_in and next_day is null and date_day < $last_on
)
select movement, cast(sum(amount) as decimal(18, 2)), count(*) from moved group by movement
"""
WATERFALL = """
select opening_amount, n_opening, closing_amount, n_closing
from fct_pipeline_waterfall
where period_grain = 'quarter' and period_starts_on = $first_on and period_ends_on = $last_on
    and dimension = 'company' and basis = 'total' and close_window = 'all'
"""
# Our movements as days see them: what each opportunity's day added up to.
NETTED = """
with days as (
    select
        sum(amount) as amount, sum(n_opportunities) as n, bool_or(movement = 'created') as is_created,
        max_by(movement, step_number) filter (movement in ('won', 'lost', 'left', 'deleted', 'merged')) as went
    from int_pipeline_movements
    where basis = 'total' and moved_on between $first_on and $last_on and movement not in ('stage_in', 'stage_out')
    group by opportunity_id, moved_on
),
named as (
    select
        case
            when n > 0 and is_created then 'created'
            when n > 0 then 'reopened'
            when n < 0 then case when went = 'merged' then 'deleted' else went end
            when amount > 0 then 'increased'
            else 'decreased'
        end as movement,
        amount
    from days
    where n <> 0 or amount <> 0
)
select movement, cast(sum(amount) as decimal(18, 2)), count(*) from named group by movement
union all
select 'opening', cast(sum(amount) as decimal(18, 2)), sum(n_opportunities)::bigint from int_pipeline_movements
where basis = 'total' and moved_on < $first_on
union all
select 'closing', cast(sum(amount) as decimal(18, 2)), sum(n_opportunities)::bigint from int_pipeline_movements
where basis = 'total' and moved_on <= $last_on
"""


class DesignsDisagreeError(RuntimeError):
    """The two designs don't give the same waterfall; the message has both."""


@dataclass
class Design:
    """A database file, and what making it cost: seconds and seconds of CPU by step, rows and bytes by table."""

    name: str
    file: Path
    connection: duckdb.DuckDBPyConnection
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)

    def open(self) -> None:
        """Make the file, and the database in which what follows is done."""
        self.connection.execute(f"attach '{self.file}' as {self.name}; use {self.name}")

    def take(self, step: str, query: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run a query and note what it cost."""
        before, used = time.monotonic(), _cpu()
        rows = self.connection.execute(query, values).fetchall()
        self.seconds[step], self.cpu_seconds[step] = time.monotonic() - before, _cpu() - used
        return rows

    def build(self, table: str, query: str) -> None:
        """Make a table, written out to its last block, and note its rows and what the file grew by."""
        self.take(table, f"create table {table} as {query}")
        before, used = time.monotonic(), _cpu()
        self.connection.execute(f"checkpoint {self.name}")
        self.seconds[table] += time.monotonic() - before
        self.cpu_seconds[table] += _cpu() - used
        ((self.rows[table],),) = self.connection.execute(f"select count(*) from {table}").fetchall()
        ((size,),) = self.connection.execute(
            "select used_blocks * block_size from pragma_database_size() where database_name = ?", [self.name]
        ).fetchall()
        self.stored[table] = size - sum(self.stored.values())


def build_inputs(landing: Path, home: Path) -> Settings:
    """Load a landing folder and build everything that the compared models read, and those models themselves once."""
    settings = Settings.from_env({"PLUMBLINE_HOME": str(home), "PLUMBLINE_LANDING": str(landing)})
    load(home, landing)
    ensure_manifest(settings)
    for command in (["seed", "--full-refresh"], ["run", "--full-refresh", "--select", *(f"+{name}" for name in OURS)]):
        DbtRun(command, environment(settings, settings.dbt_target_path)).wait()
    return settings


def compare(settings: Settings, folder: Path) -> None:
    """Build both designs from the inputs under `settings` and print what they cost, for the newest complete quarter.

    Raises DesignsDisagreeError where their waterfalls differ.
    """
    compiled = {path.stem: path for path in (settings.dbt_target_path / "compiled").rglob("*.sql")}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_path}' as build (read_only)")
        ((first_on, last_on),) = connection.execute(
            "select max(starts_on), max(ends_on) from build.intermediate.int_pipeline_periods"
            " where period_grain = 'quarter' and is_complete"
        ).fetchall()
        quarter = {"first_on": first_on, "last_on": last_on}
        ours = Design("ours", folder / "ours.duckdb", connection)
        ours.open()
        for model in OURS:
            ours.build(model, compiled[model].read_text(encoding="utf-8"))
        waterfall = ours.take(ANSWER, WATERFALL, quarter)
        netted = {movement: figures for movement, *figures in connection.execute(NETTED, quarter).fetchall()}
        peer = Design("peer", folder / "peer.duckdb", connection)
        peer.open()
        peer.build(HISTORY, PEER)
        found = {movement: figures for movement, *figures in peer.take(ANSWER, PEER_WATERFALL, quarter)}
    if found != netted or waterfall != [(*netted["opening"], *netted["closing"])]:
        raise DesignsDisagreeError(f"from {first_on} to {last_on}:\n{waterfall}\n{netted}\n{found}")
    _print(ours, peer, quarter)


def _print(ours: Design, peer: Design, quarter: Mapping[str, date]) -> None:
    print(f"\nThe waterfall from {quarter['first_on']} to {quarter['last_on']}, built and asked")
    for design in (peer, ours):
        for step, seconds in design.seconds.items():
            print(
                f"  {design.name:<6}{step:<28}{seconds:>8.2f} s{design.cpu_seconds[step]:>9.2f} s CPU"
                f"{design.rows.get(step, 0):>14,} rows{design.stored.get(step, 0) / 2**20:>10.1f} MiB"
            )
    for name, models in (("what answers it", ASKED), ("and what else is made of it", OURS)):
        steps = [*models, ANSWER]
        print(
            f"  {name + ', peer ÷ ours:':<42}"
            f"stored {sum(peer.stored.values()) / sum(ours.stored[model] for model in models):.1f},"
            f" rows {sum(peer.rows.values()) / sum(ours.rows[model] for model in models):.1f},"
            f" seconds {sum(peer.seconds.values()) / sum(ours.seconds[step] for step in steps):.1f},"
            f" seconds of CPU {sum(peer.cpu_seconds.values()) / sum(ours.cpu_seconds[step] for step in steps):.1f}"
        )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
