"""The SQL of conversions over random stage histories against a naive climb: ties, re-entries, reopenings, what begins closed or past a
stage, moves between pipelines, stages that no policy names, and a ladder that changes on the way.

The models are compiled by dbt once and run over handmade tables that stand where the models they read would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.integration.compiled_models import begin_build, compile_models
from tests.integration.pipeline_ledger import BEGINNING_OF_TIME, DAY_ZERO, END_OF_TIME

BOUNDED = bounds(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
AS_OF = DAY_ZERO + timedelta(days=30)
CHANGED = DAY_ZERO + timedelta(days=10)
MODELS = ["int_opportunity_outcomes", "int_stage_entries", "int_stage_conversions"]
# Pipeline -> its ladders from the oldest; q loses B and gains X, Y and Z on the way.
LADDERS = {
    "p": [(BEGINNING_OF_TIME, END_OF_TIME, "ABCD")],
    "q": [(BEGINNING_OF_TIME, CHANGED, "ABC"), (CHANGED, END_OF_TIME, "AXYZCD")],
}
INPUTS = """
    create schema seeds;
    create schema intermediate;
    create table seeds.source_taxonomy (claimed_source varchar, sourcing_function varchar);
    create table intermediate.int_run_settings (as_of_at timestamp);
    create table intermediate.int_user_intervals (
        user_id varchar, valid_from timestamp, valid_to timestamp, team varchar, segment varchar, is_ae boolean
    );
    create table intermediate.int_opportunity_sources (opportunity_id varchar, evidence_function varchar, creator_role varchar);
    create table intermediate.int_opportunity_states (
        opportunity_id varchar, valid_from timestamp, valid_to timestamp, amount decimal(18, 2), owner_id varchar,
        claimed_source varchar
    );
    create table intermediate.int_stage_policy (
        pipeline_id varchar, stage varchar, open_stage_rank bigint, valid_from timestamp, valid_to timestamp
    );
    create table intermediate.int_opportunities (
        opportunity_id varchar, deleted_at timestamp, pipeline_at timestamp, qualified_at timestamp, life_start_at timestamp,
        first_closed_at timestamp, bar_basis varchar default 'told'
    );
    create table intermediate.int_stage_visits (
        opportunity_id varchar, visit_number bigint, pipeline_id varchar, stage varchar, entered_at timestamp,
        exited_at timestamp, is_start_known boolean, is_open boolean, is_won boolean, dated_by varchar default 'recorded',
        next_stage varchar
    );
"""
# pipeline, stage, entered_at, exited_at
Visit = tuple[str, str, datetime, datetime | None]
STEPS = st.tuples(
    st.sampled_from("pqq"),
    st.sampled_from([*"AABBCCDDX", "Won", "Lost", "Lost", "Dead", "Elsewhere"]),
    st.integers(0, 8),
)


@st.composite
def histories(draw: st.DrawFn) -> list[list[Visit]]:
    """Visits of a few opportunities; some take no time, some lie after as_of."""
    made = []
    for _ in range(draw(st.integers(2, 5))):
        at, steps = DAY_ZERO, []
        for pipeline, stage, days in draw(st.lists(STEPS, min_size=1, max_size=9)):
            at += timedelta(days=max(0, days - 2))
            if not steps or steps[-1][:2] != (pipeline, stage):
                steps.append((pipeline, stage, at))
        ends = [step[2] for step in steps[1:]]
        made.append([(*step, end) for step, end in zip(steps, [*ends, None], strict=True)])
    return made


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> dict[str, str]:
    return compile_models(tmp_path_factory.mktemp("compiled"), parsed_project, MODELS, {})


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        yield connection


@BOUNDED
@given(made=histories())
def test_conversions_of_random_histories_are_those_of_a_naive_climb(
    compiled: dict[str, str], warehouse: duckdb.DuckDBPyConnection, made: list[list[Visit]]
) -> None:
    build(warehouse, compiled, made)
    found = warehouse.execute(
        "select opportunity_id, pipeline_id, from_stage, to_stage, entered_at, is_skipped, outcome,"
        " case when outcome = 'reached' then resolved_at end from intermediate.int_stage_conversions"
    ).fetchall()
    assert Counter(found) == Counter(row for number, visits in enumerate(made) for row in naive(f"o{number}", visits))
    assert (
        warehouse.execute(
            "select * from intermediate.int_stage_conversions where (resolved_at is null) <> (outcome in ('open', 'created_later'))"
        ).fetchall()
        == []
    )


def build(connection: duckdb.DuckDBPyConnection, compiled: dict[str, str], made: list[list[Visit]]) -> None:
    """Write the histories where the models look for them, and run the models."""
    begin_build(connection, INPUTS)
    connection.execute("insert into intermediate.int_run_settings values (?)", [AS_OF])
    for pipeline, ladders in LADDERS.items():
        for valid_from, valid_to, stages in ladders:
            ranks = [*enumerate(stages, 1), (None, "Won"), (None, "Lost"), (None, "Dead")]
            rows = [(pipeline, stage, rank, valid_from, valid_to) for rank, stage in ranks]
            connection.executemany("insert into intermediate.int_stage_policy values (?, ?, ?, ?, ?)", rows)
    for number, visits in enumerate(made):
        connection.execute("insert into intermediate.int_opportunities (opportunity_id) values (?)", [f"o{number}"])
        rows = [
            (f"o{number}", place, *visit, True, visit[1] not in ("Won", "Lost", "Dead"), visit[1] == "Won")
            for place, visit in enumerate(visits, 1)
        ]
        connection.executemany(
            "insert into intermediate.int_stage_visits (opportunity_id, visit_number, pipeline_id, stage, entered_at,"
            f" exited_at, is_start_known, is_open, is_won) values ({', '.join('?' * 9)})",
            rows,
        )
    for model in MODELS:
        connection.execute(f"create table intermediate.{model} as {compiled[model]}")


def ladder_at(pipeline: str, instant: datetime) -> str:
    return next(stages for valid_from, valid_to, stages in LADDERS[pipeline] if valid_from <= instant < valid_to)


def naive(opportunity: str, all_visits: list[Visit]) -> Iterator[tuple[object, ...]]:
    """Conversions of one opportunity: each ladder climbed visit by visit, then each goal looked for in what follows."""
    visits = [visit for visit in all_visits if visit[2] < AS_OF]
    for pipeline in LADDERS:
        for stage, (place, how) in climb(pipeline, visits).items():
            ladder = ladder_at(pipeline, visits[place][2])
            rank = ladder.index(stage)
            goals = ["(won)"] + ([ladder[rank + 1]] if rank + 1 < len(ladder) else [])
            for goal in goals:
                reached = (v[2] for v in visits[place:] if reaches(v, pipeline, ladder, rank, goal))
                reached_at = next(reached, None) if how != "created_later" else None
                if how == "created_later":
                    outcome = how
                elif reached_at is not None:
                    outcome = "reached"
                else:
                    outcome = "lost" if visits[-1][1] in ("Lost", "Dead") else "open"
                yield opportunity, pipeline, stage, goal, visits[place][2], how == "skipped", outcome, reached_at


def climb(pipeline: str, visits: list[Visit]) -> dict[str, tuple[int, str]]:
    """Stage -> the visit that first was in it or past it, and how."""
    gained: dict[str, tuple[int, str]] = {}
    has_begun, last_stage, last_rank = False, None, -1
    for place, (where, stage, at, _) in enumerate(visits):
        ladder = ladder_at(pipeline, at)
        is_won = stage == "Won" and (where == pipeline or has_begun)
        if not is_won and (where != pipeline or stage not in ladder):
            continue
        rank = len(ladder) if is_won else ladder.index(stage)
        if has_begun and last_stage is None:
            above = len(ladder)  # it began won: nothing is left to skip
        else:
            above = ladder.index(last_stage) if last_stage is not None and last_stage in ladder else last_rank
        for passed in ladder[:rank] if not has_begun else ladder[above + 1 : rank]:
            gained.setdefault(passed, (place, "skipped" if has_begun else "created_later"))
        if not is_won:
            gained.setdefault(stage, (place, "entered"))
            last_stage, last_rank = stage, rank
        has_begun = True
    return gained


def reaches(visit: Visit, pipeline: str, ladder: str, rank: int, goal: str) -> bool:
    """Whether a visit is at the goal or past it, by the ladder of the entry, else by its own."""
    where, stage, at, _ = visit
    if stage == "Won":
        return True
    own = ladder_at(pipeline, at)
    if goal == "(won)" or where != pipeline:
        return False
    if stage in ladder:
        return ladder.index(stage) > rank
    return stage in own and goal in own and own.index(stage) >= own.index(goal)
