"""The SQL of open pipeline over random histories against a naive replay of them: movements, levels, ties, as-of totals.

The models and checks are compiled by dbt once and run over handmade tables that stand where the models they read would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.integration import pipeline_ledger as naive
from tests.integration.compiled_models import begin_build, compile_models
from tests.integration.pipeline_ledger import BEGINNING_OF_TIME, DAY_ZERO, END_OF_TIME, Change, History

BOUNDED = bounds(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
AS_OF = DAY_ZERO + timedelta(days=61)
MODELS = {
    "int_fiscal_periods": "intermediate",
    "int_opportunity_amounts": "intermediate",
    "int_opportunity_states": "intermediate",
    "int_stage_visits": "intermediate",
    "int_owner_cells": "intermediate",
    "int_pipeline_steps": "intermediate",
    "int_pipeline_movements": "intermediate",
    "int_sourced_movements": "intermediate",
    "int_pipeline_periods": "intermediate",
    "fct_pipeline_waterfall": "stage_transitions",
    "agg_pipeline_by_day": "stage_transitions",
}
CHECKS = ["assert_waterfall_ties", "assert_waterfall_closes_at_open_pipeline", "assert_opportunity_states_tile"]
# The macro, asked for the instant and the known-at time in a table of one row.
ASKED = "select * from {{ pipeline_as_of('(select instant from asked)', '(select known_at from asked)') }}"
INPUTS = """
    create schema seeds;
    create schema intermediate;
    create schema stage_transitions;
    create table asked (instant timestamp, known_at timestamp);
    create table seeds.source_taxonomy (claimed_source varchar, sourcing_function varchar);
    create table intermediate.int_run_settings (as_of_date date, as_of_at timestamp, oldest_system_at timestamp);
    create table intermediate.int_user_intervals (
        user_id varchar, valid_from timestamp, valid_to timestamp, team varchar, segment varchar
    );
    create table intermediate.int_stage_policy (
        pipeline_id varchar, stage varchar, is_open boolean, is_pipeline boolean, is_qualified boolean, is_won boolean,
        valid_from timestamp, valid_to timestamp, stage_order bigint, phase varchar, kind_basis varchar,
        has_bar boolean default true
    );
    create table intermediate.int_opportunity_lives (
        opportunity_id varchar, fx_rate decimal(20, 14), currency varchar, is_start_known boolean
    );
    create table intermediate.int_opportunities (opportunity_id varchar, merged_into_id varchar, merged_at timestamp);
    create table intermediate.int_opportunity_sources (opportunity_id varchar, evidence_function varchar);
    create table intermediate.int_opportunity_changes (
        opportunity_id varchar, source_name varchar, field varchar, change_number bigint, changed_at timestamp,
        new_value varchar, known_at timestamp, changed_by_id varchar, origin varchar, dated_by varchar default 'recorded',
        evidence_gap bigint default 0, observed_at timestamp, is_assumed boolean default false
    );
    create table intermediate.int_opportunity_rates (
        opportunity_id varchar, fx_rate decimal(20, 14), currency varchar default 'USD'
    );
"""
VALUES: dict[str, list[str | None]] = {
    "pipeline_id": ["p", "q"],
    "source": ["web", "referral", "elsewhere", None],
    "owner_id": ["a", "b", "c", None],
    "amount": ["100.01", "50.00", "0.00", "-20.00", None],
    "close_date": ["2026-01-20", "2026-03-31", "2026-04-01", None],
    "forecast_category": ["Commit", "Pipeline", None],
    "stage": [*naive.STAGES, "Unheard of"],
    "is_deleted": ["true", "false"],
}
# Hours since day zero on a coarse grid, so that ties are common; some lie after as_of.
HOURS = st.integers(0, 68 * 2).map(lambda half_days: timedelta(hours=12 * half_days))
EVENTS = st.tuples(st.sampled_from([*naive.FIELDS, "stage", "stage", "amount"]), st.integers(0, 20), HOURS, HOURS)


@st.composite
def histories(draw: st.DrawFn) -> list[History]:
    """A few opportunities: what each begins with, and what happens to it, told late or not."""
    return [
        History(f"o{number}", Decimal(draw(st.sampled_from(["1", "0.5"]))), draw(st.booleans()), draw(streams()))
        for number in range(draw(st.integers(3, 5)))
    ]


@st.composite
def streams(draw: st.DrawFn) -> tuple[Change, ...]:
    """A change stream as int_opportunity_changes promises it: per field consecutive values differ."""
    starts_at = DAY_ZERO + draw(HOURS) / 4
    raw = [("pipeline_id", starts_at, "p", starts_at)]
    raw += [
        (name, starts_at, draw(st.sampled_from(VALUES[name])), starts_at)
        for name in naive.FIELDS[1:-1]
        if draw(st.integers(0, 5))
    ]
    raw.append(("is_deleted", starts_at, draw(st.sampled_from(["false", "false", "false", "true"])), starts_at))
    for name, choice, since_start, until_known in draw(st.lists(EVENTS, min_size=6, max_size=16)):
        at = starts_at + since_start
        raw.append((name, at, VALUES[name][choice % len(VALUES[name])], at + until_known / 8))
    fields = [*naive.ORDER[:2], "owner_id", "amount", "close_date", "forecast_category", "stage", "is_deleted"]
    raw.sort(key=lambda change: change[1])
    kept, last = [], dict[str, str | None]()
    for change in raw:
        if last.get(change[0]) != change[2]:
            kept.append(change)
            last[change[0]] = change[2]
    kept.sort(key=lambda change: (change[1], fields.index(change[0])))
    return tuple(Change(number, *change) for number, change in enumerate((c[0], c[1], c[2], c[3]) for c in kept))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> dict[str, str]:
    return compile_models(tmp_path_factory.mktemp("compiled"), parsed_project, [*MODELS, *CHECKS], {"asked": ASKED})


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        yield connection


def build(connection: duckdb.DuckDBPyConnection, compiled: dict[str, str], made: list[History]) -> None:
    """Write the histories where the models look for them, and run the models."""
    begin_build(connection, INPUTS)
    for table, rows in inputs(made).items():
        for row in rows:
            connection.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
    for model, schema in MODELS.items():
        connection.execute(f"create table {schema}.{model} as {compiled[model]}")


def inputs(made: list[History]) -> dict[str, list[tuple[object, ...]]]:
    rows: dict[str, list[tuple[object, ...]]] = {
        "seeds.source_taxonomy": list(naive.FUNCTIONS.items()),
        "intermediate.int_run_settings": [((AS_OF - timedelta(days=1)).date(), AS_OF, DAY_ZERO)],
        "intermediate.int_user_intervals": [(user, *span) for user, spans in naive.TEAMS.items() for span in spans],
        "intermediate.int_stage_policy": [],
        "intermediate.int_opportunity_lives": [(one.opportunity, one.fx_rate, "USD", True) for one in made],
        "intermediate.int_opportunity_rates": [(one.opportunity, one.fx_rate, "USD") for one in made],
        "intermediate.int_opportunities": [
            (one.opportunity, "another" if one.merged_at else None, one.merged_at) for one in made
        ],
        "intermediate.int_opportunity_sources": [(one.opportunity, "partner") for one in made],
        "intermediate.int_opportunity_changes": [
            (
                one.opportunity,
                "s",
                c.field,
                c.number,
                c.at,
                c.value,
                c.known_at,
                None,
                origin(one, c),
                "recorded",
                0,
                c.at,
                False,
            )
            for one in made
            for c in one.changes
        ],
    }
    for pipeline in ("p", "q"):
        for stage, (is_open, is_pipeline, is_qualified, is_won) in naive.STAGES.items():
            early = (pipeline, stage, is_open, is_pipeline and (pipeline, stage) != ("q", "Low"), is_qualified, is_won)
            late = (*early[:4], is_qualified or (pipeline, stage) == ("p", "Low"), is_won)
            rows["intermediate.int_stage_policy"] += [
                (*early, BEGINNING_OF_TIME, naive.LOW_QUALIFIES_FROM, 1, None, "policy", True),
                (*late, naive.LOW_QUALIFIES_FROM, END_OF_TIME, 1, None, "policy", True),
            ]
    return rows


def origin(history: History, change: Change) -> str:
    first = next(one for one in history.changes if one.field == change.field)
    return "creation" if change is first and change.at == history.changes[0].at else "field_history"


@BOUNDED
@given(made=histories())
def test_pipeline_of_random_histories_is_that_of_a_naive_replay(
    compiled: dict[str, str], warehouse: duckdb.DuckDBPyConnection, made: list[History]
) -> None:
    made = [one for one in made if one.changes]
    build(warehouse, compiled, made)
    movements = warehouse.execute(
        "select opportunity_id, basis, moved_at, movement, amount, n_opportunities, pipeline_id, stage, owner_id, team,"
        " segment, claimed_function, forecast_category, close_window from intermediate.int_pipeline_movements"
    ).fetchall()
    expected = sum((naive.ledger(one, basis) for one in made for basis in ("total", "qualified")), Counter())
    assert Counter(movements) == expected
    for check in CHECKS:
        assert warehouse.execute(compiled[check]).fetchall() == [], check
    for day in range(0, 61, 4):
        assert levels_by_day(warehouse, day) == naive_levels(made, DAY_ZERO + timedelta(days=day + 1)), day
    for month, days in {"2026-01": 31, "2026-02": 59}.items():
        for dimension, place in {"pipeline": 0, "owner": 2, "team": 3, "claimed_source": 5}.items():
            expected = naive_closings(made, place, DAY_ZERO + timedelta(days=days))
            assert closings(warehouse, month, dimension) == expected, (month, dimension)
    for instant, known_at in [(20, 20), (33, 40), (60, 30), (61, 9000), (70, 55)]:
        asked = DAY_ZERO + timedelta(days=instant), DAY_ZERO + timedelta(days=known_at)
        warehouse.execute("delete from asked")
        warehouse.execute("insert into asked values (?, ?)", asked)
        assert as_asked(warehouse, compiled["asked"]) == naive_known(made, *asked), (instant, known_at)


def levels_by_day(connection: duckdb.DuckDBPyConnection, day: int) -> Counter[tuple[object, ...]]:
    rows = connection.execute(
        "select pipeline_id, stage, owner_id, team, segment, claimed_function,"
        " open_amount_total, open_amount_qualified, n_open_total, n_open_qualified"
        " from stage_transitions.agg_pipeline_by_day where valid_from <= $1 and valid_to > $1",
        [(DAY_ZERO + timedelta(days=day)).date()],
    ).fetchall()
    return Counter(rows)


def naive_levels(made: list[History], instant: datetime) -> Counter[tuple[object, ...]]:
    sums: dict[tuple[object, ...], list[Decimal]] = {}
    for state in (naive.state_before(one, instant) for one in made):
        if state.is_open("total"):
            is_qualified = int(state.is_open("qualified"))
            level = sums.setdefault(state.cell[:6], [Decimal(0)] * 4)
            for place, value in enumerate((state.amount, state.amount * is_qualified, 1, is_qualified)):
                level[place] += value
    return Counter((*cell, *level) for cell, level in sums.items())


def closings(connection: duckdb.DuckDBPyConnection, month: str, dimension: str) -> Counter[tuple[object, ...]]:
    rows = connection.execute(
        "select basis, member, close_window, closing_amount, n_closing from stage_transitions.fct_pipeline_waterfall"
        " where period_grain = 'month' and period_id = ? and dimension = ? and n_closing > 0",
        [month, dimension],
    ).fetchall()
    return Counter(rows)


def naive_closings(made: list[History], place: int, instant: datetime) -> Counter[tuple[object, ...]]:
    sums: dict[tuple[object, ...], list[Decimal]] = {}
    for state in (naive.state_before(one, instant) for one in made):
        for basis in ("total", "qualified"):
            for window in ("all", state.window) if state.is_open(basis) else ():
                closing = sums.setdefault((basis, state.cell[place] or "(none)", window), [Decimal(0)] * 2)
                closing[0] += state.amount
                closing[1] += 1
    return Counter((*cell, *closing) for cell, closing in sums.items())


def as_asked(connection: duckdb.DuckDBPyConnection, query: str) -> Counter[tuple[object, ...]]:
    rows = connection.execute(
        "select opportunity_id, pipeline_id, stage, owner_id, team, segment, claimed_function, forecast_category,"
        f" amount, is_qualified from ({query})"
    ).fetchall()
    return Counter(rows)


def naive_known(made: list[History], instant: datetime, known_at: datetime) -> Counter[tuple[object, ...]]:
    states = {one.opportunity: naive.state_known(one, instant, known_at) for one in made}
    return Counter(
        (opportunity, *state.cell[:7], state.amount, state.is_open("qualified"))
        for opportunity, state in states.items()
        if state.is_open("total")
    )
