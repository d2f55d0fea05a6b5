"""The waterfall from changes beside the usual design, one row per opportunity and day, over the same history.

Both start from the same intermediate tables and write a database file of their own, one after the other. Like with like:
each design stores a history and answers one quarter's waterfall of the company from it. Ours is `int_pipeline_steps`, and
the answer is the model `int_pipeline_movements`, as dbt compiles it, over the opportunities that stepped in the quarter.
The peer's is each opportunity's values at the end of each day from its creation to as_of, closed or not, keyed by a hash,
as the daily histories of published packages are, and the answer is the difference of its days. What ours keeps ready beyond
that (every quarter, month and week, by eight dimensions, close-date window and basis) is printed apart.

A day hides what cancels within it, so the two are held equal, to the cent, by opening, closing and what each opportunity's
days add up to; our answer and the published mart by every movement.
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

STEPS = "int_pipeline_steps"
MOVEMENTS = "int_pipeline_movements"
READY = (MOVEMENTS, "fct_pipeline_waterfall", "fct_pipeline_movements", "agg_pipeline_by_day")
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
# $movements stands for our model of that name over these steps.
STEPS_OF_QUARTER = """(
    select * from int_pipeline_steps
    where opportunity_id in (
        select opportunity_id from int_pipeline_steps where stepped_at >= $first_on and stepped_at < cast($last_on as date) + 1
    )
)"""
WATERFALL = """
with held as (
    select max_by(status, step_number) as status, max_by(amount, step_number) as amount
    from int_pipeline_steps
    where stepped_at < $first_on
    group by opportunity_id
)
select 'opening' as movement, cast(sum(amount) as decimal(18, 2)), count(*) from held
where status in ('open_unqualified', 'open_qualified')
union all
select movement, cast(sum(amount) as decimal(18, 2)), count(*) from ($movements) as movements
where basis = 'total' and moved_columns is null and moved_on between $first_on and $last_on
group by movement
"""
MART = """
select * from fct_pipeline_waterfall
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

    def bytes_of(self, table: str, column: str) -> int:
        """Bytes of the blocks that hold a column."""
        ((blocks,),) = self.connection.execute(
            f"select count(distinct block_id) from pragma_storage_info('{table}') where column_name = ? and block_id >= 0",
            [column],
        ).fetchall()
        return blocks * 2**18


def build_inputs(landing: Path, home: Path) -> Settings:
    """Load a landing folder and build everything that the compared models read, and those models themselves once."""
    settings = Settings.from_env({"PLUMBLINE_HOME": str(home), "PLUMBLINE_LANDING": str(landing)})
    load(home, landing)
    ensure_manifest(settings)
    for command in (["seed", "--full-refresh"], ["run", "--full-refresh", "--select", *(f"+{name}" for name in READY)]):
        DbtRun(command, environment(settings, settings.dbt_target_path)).wait()
    return settings


def compare(settings: Settings, folder: Path) -> None:
    """Build both designs from the inputs under `settings` and print what they cost, for the newest complete quarter.

    Raises DesignsDisagreeError where their waterfalls differ.
    """
    compiled = {path.stem: path.read_text(encoding="utf-8") for path in _compiled(settings)}
    movements = compiled[MOVEMENTS].replace(f'"build"."intermediate"."{STEPS}"', STEPS_OF_QUARTER)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_path}' as build (read_only)")
        ((first_on, last_on),) = connection.execute(
            "select max(starts_on), max(ends_on) from build.intermediate.int_pipeline_periods"
            " where period_grain = 'quarter' and is_complete"
        ).fetchall()
        quarter = {"first_on": first_on, "last_on": last_on}
        ours = Design("ours", folder / "ours.duckdb", connection)
        ours.open()
        ours.build(STEPS, compiled[STEPS])
        answer = _by_movement(ours.take(ANSWER, WATERFALL.replace("$movements", movements), quarter))
        ready = Design("ready", folder / "ready.duckdb", connection)
        ready.open()
        for model in READY:
            ready.build(model, compiled[model])
        ready.take(ANSWER, MART, quarter)
        mart = connection.execute(MART, quarter)
        published = [
            dict(zip([column[0] for column in mart.description or ()], row, strict=True)) for row in mart.fetchall()
        ]
        netted = _by_movement(connection.execute(NETTED, quarter).fetchall())
        peer = Design("peer", folder / "peer.duckdb", connection)
        peer.open()
        peer.build(HISTORY, PEER)
        days = _by_movement(peer.take(ANSWER, PEER_WATERFALL, quarter))
        key = peer.bytes_of(HISTORY, "opportunity_day_id")
    if days != netted:
        raise DesignsDisagreeError(f"Days and changes, from {first_on} to {last_on}:\n{days}\n{netted}")
    if len(published) != 1 or _of_mart(published[0]) != answer:
        raise DesignsDisagreeError(f"Mart and changes, from {first_on} to {last_on}:\n{published}\n{answer}")
    _print(ours, peer, ready, quarter)
    without_key = (peer.stored[HISTORY] - key) / ours.stored[STEPS]
    print(f"  The peer's key alone is {key / 2**20:.1f} MiB; without it peer ÷ ours: stored {without_key:.1f}")


def _compiled(settings: Settings) -> list[Path]:
    return list((settings.dbt_target_path / "compiled").rglob("*.sql"))


def _by_movement(rows: list[tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {movement: tuple(figures) for movement, *figures in rows}


def _of_mart(row: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Amount and number by movement that happened, and of the opening."""
    names = [name.removeprefix("n_") for name in row if name.startswith("n_") and name != "n_closing"]
    return {name: (row[f"{name}_amount"], row[f"n_{name}"]) for name in names if row[f"n_{name}"]}


def _print(ours: Design, peer: Design, ready: Design, quarter: Mapping[str, date]) -> None:
    print(f"\nThe waterfall from {quarter['first_on']} to {quarter['last_on']}, equal in both designs")
    for design in (peer, ours, ready):
        for step, seconds in design.seconds.items():
            print(
                f"  {design.name:<7}{step:<28}{seconds:>8.2f} s{design.cpu_seconds[step]:>9.2f} s CPU"
                f"{design.rows.get(step, 0):>14,} rows{design.stored.get(step, 0) / 2**20:>10.1f} MiB"
            )
    for name, design in (("ours", ours), ("all that is kept ready", ready)):
        parts = [design] if design is ours else [ours, ready]
        print(
            f"  peer ÷ {name + ':':<26}"
            f"stored {_ratio(peer, parts, 'stored'):.1f}, rows {_ratio(peer, parts, 'rows'):.1f},"
            f" seconds {_ratio(peer, parts, 'seconds'):.1f}, seconds of CPU {_ratio(peer, parts, 'cpu_seconds'):.1f}"
        )


def _ratio(peer: Design, parts: list[Design], figure: str) -> float:
    return sum(getattr(peer, figure).values()) / sum(sum(getattr(part, figure).values()) for part in parts)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
