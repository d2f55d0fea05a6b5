"""Partial runs: which dbt nodes the command line names, and where a test is shown."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from dagster_project.defs.dbt.selection import selected_names
from dagster_project.defs.dbt.translator import checked_node

A, B = dg.AssetKey(["core", "a"]), dg.AssetKey(["core", "b"])
CHECK = dg.AssetCheckKey(A, "unique_a")
ASSETS = {A: "model.p.a", B: "model.p.b"}
CHECKS = {CHECK: "test.p.unique_a"}
MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.p.a": {
            "fqn": ["p", "marts", "core", "a"],
            "resource_type": "model",
            "config": {"materialized": "table"},
        },
        "model.p.b": {"fqn": ["p", "intermediate", "b"], "resource_type": "model", "config": {"materialized": "view"}},
        "model.p.e": {"fqn": ["p", "e"], "resource_type": "model", "config": {"materialized": "ephemeral"}},
        "seed.p.s": {"fqn": ["p", "s"], "resource_type": "seed", "config": {"materialized": "seed"}},
        "test.p.unique_a": {"fqn": ["p", "marts", "core", "unique_a"], "resource_type": "test"},
    }
}


def test_everything_selected_names_nothing() -> None:
    assert selected_names(MANIFEST, ASSETS, CHECKS, {A, B}, {CHECK}) is None


@pytest.mark.parametrize(
    ("assets", "checks", "names"),
    [
        ({A}, set(), ["fqn:p.marts.core.a"]),
        ({A, B}, set(), ["fqn:p.intermediate.b", "fqn:p.marts.core.a"]),
        (set(), {CHECK}, ["fqn:p.marts.core.unique_a"]),
        ({A}, {CHECK}, ["fqn:p.marts.core.a", "fqn:p.marts.core.unique_a"]),
    ],
)
def test_a_part_is_named_node_by_node(
    assets: set[dg.AssetKey], checks: set[dg.AssetCheckKey], names: list[str]
) -> None:
    assert selected_names(MANIFEST, ASSETS, CHECKS, assets, checks) == names


@pytest.mark.parametrize(
    ("attached", "reads", "shown_on"),
    [
        ("model.p.b", ["model.p.a", "model.p.b"], "model.p.b"),
        (None, ["model.p.b"], "model.p.b"),
        (None, ["model.p.b", "model.p.a"], "model.p.a"),
        (None, ["seed.p.s", "model.p.b"], "model.p.b"),
        (None, ["model.p.b", "model.p.e"], "model.p.b"),
        (None, ["source.p.raw.x"], None),
    ],
)
def test_a_test_is_shown_on_the_last_model_it_reads(
    attached: str | None, reads: list[str], shown_on: str | None
) -> None:
    test = {"attached_node": attached, "depends_on": {"nodes": reads}}
    assert checked_node(MANIFEST, test) == shown_on
