"""The definitions as Dagster loads them: a whole graph, checks on it, one daily job that runs all of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.definitions import build_definitions
from dagster_project.defs.automation.policies import PUBLISHED_FRESHNESS, landing_freshness
from dagster_project.instance import write_instance_config
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.dbt_manifest import load_manifest, mart_tables
from dagster_project.lib.run_tags import AS_OF, EXTRACTS_UNTIL
from dagster_project.lib.settings import PROJECT_ROOT, Settings


@pytest.fixture(scope="module")
def project(parsed_project: Path) -> Settings:
    return Settings(
        home=parsed_project, landing=parsed_project / "landing", mappings=None, seeds=PROJECT_ROOT / "seeds"
    )


@pytest.fixture(scope="module")
def definitions(project: Settings) -> dg.Definitions:
    return build_definitions(project)


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[dg.AssetKey, dg.AssetSpec]:
    return {spec.key: spec for spec in definitions.resolve_all_asset_specs()}


def ancestors(specs: dict[dg.AssetKey, dg.AssetSpec], key: dg.AssetKey) -> set[dg.AssetKey]:
    seen: set[dg.AssetKey] = set()
    waiting = [key]
    while waiting:
        for dep in specs[waiting.pop()].deps:
            if dep.asset_key not in seen:
                seen.add(dep.asset_key)
                waiting.append(dep.asset_key)
    return seen


def test_every_object_of_every_source_is_an_asset_below_its_extract(
    project: Settings, specs: dict[dg.AssetKey, dg.AssetSpec]
) -> None:
    objects = [source_object for source in load_sources(project) for source_object in source.objects]
    assert len(objects) > 30
    for source_object in objects:
        raw = specs[dg.AssetKey(["raw", source_object.raw_table])]
        extract = dg.AssetKey(["extracts", source_object.source, source_object.name])
        assert [dep.asset_key for dep in raw.deps] == [extract]
        assert extract in specs


def test_every_mart_is_published_and_reaches_back_to_extracts(
    project: Settings, specs: dict[dg.AssetKey, dg.AssetSpec]
) -> None:
    marts = mart_tables(load_manifest(project))
    assert ("coverage", "fct_ae_coverage") in [(mart.schema, mart.name) for mart in marts]
    for mart in marts:
        published = specs[dg.AssetKey(["published", mart.schema, mart.name])]
        assert [dep.asset_key for dep in published.deps] == [dg.AssetKey([mart.schema, mart.name])]
    reached = ancestors(specs, dg.AssetKey(["published", "coverage", "fct_ae_coverage"]))
    assert dg.AssetKey(["extracts", "salesforce", "Opportunity"]) in reached
    assert dg.AssetKey(["extracts", "generic", "opportunities"]) in reached


def test_every_asset_has_group_owner_description_and_kind(specs: dict[dg.AssetKey, dg.AssetSpec]) -> None:
    bare = [
        key.to_user_string()
        for key, spec in specs.items()
        if not (spec.group_name and spec.group_name != "default" and spec.owners and spec.description and spec.kinds)
    ]
    assert bare == []


def test_every_check_is_on_an_asset_of_the_graph(
    definitions: dg.Definitions, specs: dict[dg.AssetKey, dg.AssetSpec]
) -> None:
    checks = list(definitions.resolve_asset_graph().asset_check_keys)
    assert len(checks) > 50
    assert [key for key in checks if key.asset_key not in specs] == []


def test_every_dbt_test_of_a_model_is_a_check(project: Settings, definitions: dg.Definitions) -> None:
    names = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    manifest = load_manifest(project)
    missing = [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node["name"] not in names
        and any(dep in manifest["nodes"] for dep in node["depends_on"]["nodes"])
    ]
    assert missing == []


def test_the_daily_job_runs_everything_in_one_process(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("daily")
    graph = definitions.resolve_asset_graph()
    assert job.executor_def == dg.in_process_executor
    assert set(job.asset_layer.executable_asset_keys) == graph.executable_asset_keys
    steps = [node.name for node in job.nodes_in_topological_order]
    assert steps.index("ingest_salesforce") < steps.index("dbt_build") < steps.index("gate") < steps.index("publish")


def test_every_step_holds_the_run_lock(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("daily")
    steps = [node.definition for node in job.nodes]
    assert [s.name for s in steps if isinstance(s, dg.OpDefinition) and "run_session" in s.required_resource_keys] == [
        s.name for s in steps
    ]


def test_the_schedule_runs_the_daily_job_every_day(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("daily_schedule")
    assert schedule.job_name == "daily"
    assert schedule.cron_schedule == "0 6 * * *"


def test_the_sensor_starts_the_daily_job_and_is_on(definitions: dg.Definitions) -> None:
    sensor = definitions.resolve_sensor_def("new_extracts")
    assert sensor.job_name == "daily"
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING


def test_extracts_are_as_fresh_as_their_contract_wants_and_published_marts_as_the_schedule(
    project: Settings, specs: dict[dg.AssetKey, dg.AssetSpec]
) -> None:
    limits = {source.name: source.freshness_days for source in load_sources(project)}
    stated = {key for key, spec in specs.items() if spec.freshness_policy is not None}
    assert stated == {key for key in specs if key.path[0] in ("extracts", "published")}
    assert limits["salesforce"] is not None
    opportunities = specs[dg.AssetKey(["extracts", "salesforce", "Opportunity"])]
    assert opportunities.freshness_policy == landing_freshness(limits["salesforce"])
    assert specs[dg.AssetKey(["published", "core", "dim_opportunities"])].freshness_policy == PUBLISHED_FRESHNESS


@pytest.mark.parametrize("tag", [AS_OF, EXTRACTS_UNTIL])
def test_a_run_whose_tag_is_no_date_does_nothing(project: Settings, definitions: dg.Definitions, tag: str) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("daily").execute_in_process(
            instance=instance, tags={tag: "31.03.2026"}, raise_on_error=False
        )
    assert not result.success
    failure = next(event for event in result.all_events if event.event_type_value == "RESOURCE_INIT_FAILURE")
    assert f"{tag}='31.03.2026' is not a date" in str(failure.engine_event_data.error)
    assert not project.warehouse_path.exists()


def test_dagster_validates_the_workspace(project: Settings) -> None:
    write_instance_config(project)
    environment = os.environ | {"PLUMBLINE_HOME": str(project.home), "DAGSTER_HOME": str(project.dagster_home)}
    program = Path(sys.executable).with_name("dagster")
    validated = subprocess.run(
        [program, "definitions", "validate", "-w", PROJECT_ROOT / "workspace.yaml"],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    output = validated.stdout + validated.stderr
    assert validated.returncode == 0, output
    assert "Validation successful for code location plumbline" in output
    assert " - WARNING" not in re.sub(r"\x1b\[\d+m", "", output)
