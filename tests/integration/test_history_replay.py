"""The SQL of histories over random things told of opportunities, from recorded changes and extracts to the waterfall, against a naive
replay: ties, returns, backdated edits, deletions, reopenings, visits without length, changes before creation, what begins closed, records
that contradict their stage or their history, and a ladder that changes on the way.

The models and checks are compiled by dbt once and run over handmade tables that stand where the models they read would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration import pipeline_ledger as ledger
from tests.integration import told_histories as naive
from tests.integration.compiled_models import begin_build, compile_models
from tests.integration.pipeline_ledger import BEGINNING_OF_TIME, DAY_ZERO, END_OF_TIME
from tests.integration.test_pipeline_replay import AS_OF, BOUNDED, VALUES, levels_by_day, naive_levels
from tests.integration.told_histories import FIELDS, Opportunity, Told, Version
from tests.integration.told_tables import INPUTS, extracted, recorded

MODELS = {
    "int_fiscal_periods": "intermediate",
    "int_field_history": "intermediate",
    "int_history_availability": "intermediate",
    "int_opportunity_lives": "intermediate",
    "int_opportunity_events": "intermediate",
    "int_opportunity_changes": "intermediate",
    "int_opportunity_rates": "intermediate",
    "int_opportunity_amounts": "intermediate",
    "int_change_repairs": "intermediate",
    "int_opportunity_states": "intermediate",
    "int_stage_visits": "intermediate",
    "int_opportunities": "intermediate",
    "fct_stage_visits": "stage_transitions",
    "fct_stage_transitions": "stage_transitions",
    "int_owner_cells": "intermediate",
    "int_pipeline_steps": "intermediate",
    "int_pipeline_movements": "intermediate",
    "int_sourced_movements": "intermediate",
    "int_pipeline_periods": "intermediate",
    "fct_pipeline_waterfall": "stage_transitions",
    "agg_pipeline_by_day": "stage_transitions",
}
CHECKS = [
    "assert_stage_visits_tile",
    "assert_opportunity_states_tile",
    "assert_waterfall_ties",
    "assert_waterfall_closes_at_open_pipeline",
]
OPEN = [stage for stage, (is_open, *_) in ledger.STAGES.items() if is_open]
# Pipeline -> open stages, lowest first, before and since the day on which ladders change.
LADDERS = {"p": (OPEN, OPEN), "q": (OPEN, ["High", "Early", "Top", "Low"])}
# Days since day zero on a coarse grid, so that ties are common; some lie after as_of.
MOMENTS = st.integers(0, 14).map(lambda steps: DAY_ZERO + timedelta(days=5 * steps))
DELAYS = st.integers(0, 6).map(lambda half_days: timedelta(hours=12 * half_days))
RECORDED = ["stage", "stage", "stage", "amount", "owner_id", "pipeline_id"]


def values_of(field: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from(VALUES[field])


@st.composite
def told_changes(draw: st.DrawFn) -> tuple[Told, ...]:
    """Recorded changes of a few fields; what one says it replaced is mostly, not always, what the one before it set."""
    made: list[Told] = []
    held: dict[str, str | None] = {}
    moments = sorted(draw(st.lists(MOMENTS, max_size=9)))
    for number, at in enumerate(moments):
        field = draw(st.sampled_from(RECORDED))
        old = held.get(field) if draw(st.integers(0, 4)) else draw(values_of(field))
        new = draw(values_of(field)) if draw(st.integers(0, 8)) else None
        sequence = draw(st.sampled_from([None, None, "1", "2"]))
        made.append(Told(field, at, old, new, at + draw(DELAYS), sequence, number, draw(st.integers(0, 7)) > 0))
        held[field] = new
    return tuple(draw(st.permutations(made)))


@st.composite
def versions(draw: st.DrawFn, told: tuple[Told, ...]) -> tuple[Version, ...]:
    """Extracts: mostly what history says by then, some minutes before it does or otherwise; some without the record."""
    made: list[Version] = []
    created = draw(st.one_of(st.none(), MOMENTS, st.just(min((change.at for change in told), default=DAY_ZERO))))
    held: dict[str, str | None] = {field: draw(values_of(field)) for field in FIELDS} | {
        "pipeline_id": "p",
        "is_deleted": "false",
    }
    for number, at in enumerate(sorted(draw(st.lists(MOMENTS, min_size=1, max_size=6)))):
        shown_at = at - timedelta(minutes=draw(st.sampled_from([0, 0, 2])))
        for change in sorted(told, key=lambda one: one.at):
            if change.at <= at and draw(st.integers(0, 6)):
                held[change.field] = change.new
        field = draw(st.sampled_from([*FIELDS, "is_deleted", "is_deleted"]))
        if draw(st.booleans()):
            held[field] = draw(values_of(field))
        held["pipeline_id"] = held["pipeline_id"] or "p"
        is_absence = number > 0 and not draw(st.integers(0, 6))
        extracted_at = at if is_absence else shown_at + draw(DELAYS)
        shown = {"is_deleted": "true"} if is_absence else dict(held)
        again = created if draw(st.integers(0, 5)) else draw(st.one_of(st.none(), MOMENTS))
        is_closed = draw(st.sampled_from([None, True, False]))
        made.append(Version(shown, at if is_absence else shown_at, extracted_at, number, again, is_absence, is_closed))
    return tuple(made)


@st.composite
def companies(draw: st.DrawFn) -> list[Opportunity]:
    made = []
    for number in range(draw(st.integers(2, 4))):
        told = draw(told_changes())
        made.append(Opportunity(f"o{number}", draw(st.sampled_from(["USD", "EUR"])), told, draw(versions(told))))
    return made


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> dict[str, str]:
    return compile_models(tmp_path_factory.mktemp("compiled"), parsed_project, [*MODELS, *CHECKS], {})


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        yield connection


def build(connection: duckdb.DuckDBPyConnection, compiled: dict[str, str], made: list[Opportunity]) -> None:
    """Write what is told where the models look for it, and run the models."""
    begin_build(connection, INPUTS)
    for table, rows in inputs(made).items():
        for row in rows:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))
    for model, schema in MODELS.items():
        connection.execute(f"create table {schema}.{model} as {compiled[model]}")


def inputs(made: list[Opportunity]) -> dict[str, list[dict[str, object]]]:
    return {
        "seeds.source_taxonomy": [
            {"claimed_source": source, "sourcing_function": function} for source, function in ledger.FUNCTIONS.items()
        ],
        "intermediate.int_run_settings": [
            {"as_of_date": (AS_OF - timedelta(days=1)).date(), "as_of_at": AS_OF, "oldest_system_at": DAY_ZERO}
        ],
        "intermediate.int_user_intervals": [
            {"user_id": user, "valid_from": span[0], "valid_to": span[1], "team": span[2], "segment": span[3]}
            for user, spans in ledger.TEAMS.items()
            for span in spans
        ],
        "intermediate.int_stage_policy": list(policy()),
        "intermediate.int_fx_rates": [
            {"currency": currency, "rate_to_reporting": rate, "valid_from": BEGINNING_OF_TIME, "valid_to": END_OF_TIME}
            for currency, rate in naive.RATES.items()
        ],
        "intermediate.int_opportunity_sources": [
            {"opportunity_id": one.name, "evidence_function": "partner"} for one in made
        ],
        "intermediate.int_opportunity_absences": [
            {"source_name": "s", "record_key": one.name, "absent_at": version.at}
            for one in made
            for version in one.versions
            if version.is_absence
        ],
        "intermediate.int_recorded_changes": [recorded(one, change) for one in made for change in one.told],
        "intermediate.int_opportunity_versions": [extracted(one, version) for one in made for version in one.versions],
    }  # fmt: skip


def policy() -> Iterator[dict[str, object]]:
    spans = [(BEGINNING_OF_TIME, ledger.LOW_QUALIFIES_FROM), (ledger.LOW_QUALIFIES_FROM, END_OF_TIME)]
    for pipeline, ladders in LADDERS.items():
        for (valid_from, valid_to), ladder in zip(spans, ladders, strict=True):
            for stage in ledger.STAGES:
                status = ledger.stage_status(pipeline, stage, valid_from)
                yield {
                    "pipeline_id": pipeline,
                    "stage": stage,
                    "open_stage_rank": ladder.index(stage) + 1 if stage in ladder else None,
                    "is_open": status.startswith("open"),
                    "is_pipeline": status in ("open_qualified", "open_unqualified"),
                    "is_qualified": status in ("open_qualified", "won"),
                    "is_won": status == "won",
                    "valid_from": valid_from,
                    "valid_to": valid_to,
                }


@BOUNDED
@given(made=companies())
def test_what_is_told_becomes_what_a_naive_replay_makes_of_it(
    compiled: dict[str, str], warehouse: duckdb.DuckDBPyConnection, made: list[Opportunity]
) -> None:
    build(warehouse, compiled, made)
    histories = [naive.history(one) for one in made]
    found = warehouse.execute(
        "select opportunity_id, change_number, field, changed_at, new_value, known_at from intermediate.int_opportunity_changes"
    ).fetchall()
    assert Counter(found) == Counter(
        (one.opportunity, change.number, change.field, change.at, change.value, change.known_at)
        for one in histories
        for change in one.changes
    )
    histories = [without_currencies(one) for one in histories]
    for check in CHECKS:
        assert warehouse.execute(compiled[check]).fetchall() == [], check
    visits_tile_and_transitions_chain(warehouse, histories)
    movements = warehouse.execute(
        "select opportunity_id, basis, moved_at, movement, amount, n_opportunities, pipeline_id, stage, owner_id, team,"
        " segment, claimed_function, forecast_category, close_window from intermediate.int_pipeline_movements"
    ).fetchall()
    expected = sum((ledger.ledger(one, basis) for one in histories for basis in ("total", "qualified")), Counter())
    assert Counter(movements) == expected
    for day in range(0, 61, 6):
        assert levels_by_day(warehouse, day) == naive_levels(histories, DAY_ZERO + timedelta(days=day + 1)), day
    no_repair_is_silent(warehouse, made)


def without_currencies(one: ledger.History) -> ledger.History:
    """A deal here has one currency for life, and one rate."""
    return replace(one, changes=tuple(change for change in one.changes if change.field != "currency"))


def visits_tile_and_transitions_chain(connection: duckdb.DuckDBPyConnection, histories: list[ledger.History]) -> None:
    for one in histories:
        told = [visit for visit in naive.visits(one) if visit[2] < AS_OF]
        deletions = [change for change in one.changes if change.field == "is_deleted"]
        if deletions[-1].value == "true" and deletions[-1].at < AS_OF:
            told = []
        visits = connection.execute(
            "select pipeline_id, stage, entered_at, exited_at, is_open, is_won, is_pipeline, is_qualified"
            " from stage_transitions.fct_stage_visits where opportunity_id = ? order by visit_number",
            [one.opportunity],
        ).fetchall()
        ends = [*(visit[2] for visit in told[1:]), None]
        assert visits == [
            (*visit[:3], end, *naive.flags(visit[3])) for visit, end in zip(told, ends[: len(told)], strict=True)
        ]
        steps = connection.execute(
            "select from_stage, to_stage, direction, transitioned_at from stage_transitions.fct_stage_transitions"
            " where opportunity_id = ? order by transition_number",
            [one.opportunity],
        ).fetchall()
        assert steps == [
            (before, *step) for before, step in zip([None, *(v[1] for v in told)], chain(told), strict=False)
        ]


def chain(visits: list[tuple[str | None, str, datetime, str]]) -> Iterator[tuple[str, str | None, datetime]]:
    """(to, direction, instant) of each transition."""
    for number, now in enumerate(visits):
        before, after = LADDERS[now[0] or "p"]
        ladder = after if now[2] >= ledger.LOW_QUALIFIES_FROM else before
        yield now[1], naive.direction(ladder, visits[number - 1], now) if number else "created", now[2]


def no_repair_is_silent(connection: duckdb.DuckDBPyConnection, made: list[Opportunity]) -> None:
    """What was recorded and isn't so in the stream has a repair, and so has what is in it and wasn't recorded."""
    repaired = connection.execute(
        "select opportunity_id, field, found_at from intermediate.int_change_repairs"
    ).fetchall()
    recorded_since = dict(
        connection.execute("select field, history_available_from from intermediate.int_history_availability").fetchall()
    )
    rows = connection.execute(
        "select opportunity_id, field, observed_at, new_value, old_value, origin from intermediate.int_opportunity_changes"
    ).fetchall()
    stream = {row[:4]: row[4] for row in rows}
    for one in made:
        told = [change for change in one.told if change.is_preferred]
        for change in told:
            key = (one.name, change.field, change.at)
            held = stream.get((*key, change.new), change.new)
            is_as_told = (*key, change.new) in stream and (
                change.old in (None, held) or (held is None and change.old == change.new)
            )
            says_nothing = change.new is None and change.field not in naive.NEVER_EMPTY
            assert is_as_told or says_nothing or key in repaired, change
        for name, field, at, value, _, origin in rows:
            if name == one.name and origin == "extract_difference" and at >= recorded_since.get(field, END_OF_TIME):
                assert (name, field, at) in repaired, (name, field, at, value)
