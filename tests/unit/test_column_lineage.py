"""Which input columns an output column is made from, for the kinds of SQL that models are written in."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.lib.column_lineage import InputTable, LineageCache, trace_columns

DEALS = InputTable("deals", '"build"."staging"."deals"', ["id", "amount", "owner_id", "closed_at"])
USERS = InputTable("users", '"build"."staging"."users"', ["user_id", "name"])
FROM_DEALS = 'from "build"."staging"."deals" as deals'


@pytest.mark.parametrize(
    ("select", "column", "inputs"),
    [
        (f"select amount {FROM_DEALS}", "amount", ["deals.amount"]),
        (f"select * {FROM_DEALS}", "closed_at", ["deals.closed_at"]),
        (f"select deals.amount * 2 as doubled {FROM_DEALS}", "doubled", ["deals.amount"]),
        (f"select coalesce(amount, id) as either {FROM_DEALS}", "either", ["deals.amount", "deals.id"]),
        (f"select 'fixed' as kind {FROM_DEALS}", "kind", []),
        (f"select count(*) as n {FROM_DEALS}", "n", []),
        (f"with a as (select *, amount as kept {FROM_DEALS}), b as (select * from a) select kept from b", "kept",
         ["deals.amount"]),
        (f"select id {FROM_DEALS} union all select user_id from \"build\".\"staging\".\"users\"", "id",
         ["deals.id", "users.user_id"]),
        (f"select sum(amount) over w as running {FROM_DEALS} window w as (partition by owner_id order by closed_at)",
         "running", ["deals.amount", "deals.closed_at", "deals.owner_id"]),
        (f"select n.n * amount as spread {FROM_DEALS} cross join (select n from range(0, 3) as t(n)) as n", "spread",
         ["deals.amount"]),
        (f"select owner_id in (select user_id from \"build\".\"staging\".\"users\") as is_known {FROM_DEALS}", "is_known",
         ["deals.owner_id", "users.user_id"]),
    ],
)  # fmt: skip
def test_a_column_is_followed_to_its_inputs(select: str, column: str, inputs: list[str]) -> None:
    traced = trace_columns(select, [DEALS, USERS])
    assert [f"{table}.{name}" for table, name in traced[column]] == inputs


def test_the_condition_of_a_join_is_no_input() -> None:
    traced = trace_columns(
        f'select users.name {FROM_DEALS} join "build"."staging"."users" as users on deals.owner_id = users.user_id',
        [DEALS, USERS],
    )
    assert traced == {"name": [("users", "name")]}


@pytest.mark.parametrize(
    ("select", "column"),
    [
        (f"select missing {FROM_DEALS}", "missing"),
        ('select amount from "build"."staging"."unknown"', "amount"),
        (f"select exists(select 1 from \"build\".\"staging\".\"users\" where user_id = owner_id) as known {FROM_DEALS}",
         "known"),
        (f"select amount as twice, id as twice {FROM_DEALS}", "twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_left_out(select: str, column: str) -> None:
    assert column not in trace_columns(f"select a.* from ({select}, owner_id {FROM_DEALS}) as a", [DEALS])
    assert column not in trace_columns(select, [DEALS])


def test_a_recursive_query_is_left_out() -> None:
    recursive = f"with recursive a as (select id {FROM_DEALS} union all select id + 1 from a) select id from a"
    assert trace_columns(recursive, [DEALS]) == {}


def test_sql_that_cannot_be_read_has_no_lineage() -> None:
    assert trace_columns("select from where (", [DEALS]) == {}


def test_a_model_is_read_again_only_when_its_sql_or_its_inputs_change(tmp_path: Path) -> None:
    path = tmp_path / "lineage.json"
    cache = LineageCache(path)
    assert cache.lineage("m", f"select id {FROM_DEALS}", [DEALS]) == {"id": [("deals", "id")]}
    cache.save()
    written = path.stat().st_mtime_ns

    again = LineageCache(path)
    assert again.lineage("m", f"select id {FROM_DEALS}", [DEALS]) == {"id": [("deals", "id")]}
    again.save()
    assert path.stat().st_mtime_ns == written
    narrower = InputTable(DEALS.key, DEALS.relation, ["amount"])
    assert again.lineage("m", f"select id {FROM_DEALS}", [narrower]) == {}
    assert again.lineage("m", f"select amount {FROM_DEALS}", [narrower]) == {"amount": [("deals", "amount")]}
