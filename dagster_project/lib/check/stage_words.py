"""Stages that records show and no list names: neither seeds/stage_policy.csv nor the CRM's own list of stages.

Lists belong to a pipeline; names are compared without case, outer blanks and a trailing "(pipeline)".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lib.check.nearest import nearest_said
from dagster_project.lib.check.seed_files import key, seed_rows

_TOLD = """
    select _source as source_name, coalesce(record_type_id, '') as source_pipeline, 'default' as pipeline_id,
        stage_name as stage, id, is_closed, is_won
    from raw.salesforce__opportunity
    union all
    select _source, coalesce(pipeline_id, ''), coalesce(pipeline_id, 'default'), stage, opportunity_id,
        is_closed, is_won
    from raw.generic__opportunities
    union all
    select deals._source, coalesce(deals.deal_pipeline_id, ''), coalesce(deals.deal_pipeline_id, 'default'),
        coalesce(stages.label, deals.deal_pipeline_stage_id), deals.deal_id, stages.is_closed, stages.closed_won
    from raw.hubspot__deal as deals
    left join (
        select stage_id, arg_max(label, _version_at) as label, arg_max(is_closed, _version_at) as is_closed,
            arg_max(closed_won, _version_at) as closed_won
        from raw.hubspot__deal_pipeline_stage
        group by stage_id
    ) as stages on deals.deal_pipeline_stage_id = stages.stage_id
"""
_LISTED = """
    select pipeline_id, stage, 'crm' from raw.generic__stages
    union
    select 'default', coalesce(api_name, master_label), 'crm' from raw.salesforce__opportunity_stage
    union
    select pipeline_id, coalesce(label, stage_id), 'crm' from raw.hubspot__deal_pipeline_stage
"""


@dataclass(frozen=True)
class ToldStage:
    """A stage that records show: of how many opportunities, and how many of those say they are closed, or won."""

    source_name: str
    pipeline_id: str
    stage: str
    opportunities: int
    closed: int | None
    won: int | None


def told_stages(con: duckdb.DuckDBPyConnection, seeds: Path) -> list[ToldStage]:
    """The stages that opportunities' records show, the most frequent first. `closed` None: no record says."""
    pipelines: dict[tuple[str, str], str] = {
        (row.get("source_name", ""), row.get("source_pipeline", "")): row.get("pipeline_id", "")
        for row in seed_rows(seeds, "pipelines")
    }
    rows = con.execute(
        f"""
        select source_name, source_pipeline, pipeline_id, trim(stage), count(distinct id),
            count(distinct id) filter (where is_closed), count(distinct id) filter (where is_won),
            count(is_closed) > 0, count(is_won) > 0
        from ({_TOLD})
        where coalesce(trim(stage), '') <> ''
        group by all
        order by 5 desc, 1, 3, 4
        """
    ).fetchall()
    return [
        ToldStage(
            source,
            pipelines.get((source, own)) or pipeline,
            stage,
            opportunities,
            closed if tells_closed else None,
            won if tells_won else None,
        )
        for source, own, pipeline, stage, opportunities, closed, won, tells_closed, tells_won in rows
    ]


def recorded_stages(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """(pipeline, stage) of stages that a history tells of opportunities; the pipeline is that of the record."""
    return con.execute(
        """
        select distinct 'default', stage_name from raw.salesforce__opportunity_history where stage_name is not null
        union
        select distinct coalesce(records.pipeline_id, 'default'), changes.new_value
        from raw.generic__opportunity_changes as changes
        left join raw.generic__opportunities as records on changes.opportunity_id = records.opportunity_id
        where lower(changes.field) = 'stage' and changes.new_value is not null
        """
    ).fetchall()


def listed_stages(con: duckdb.DuckDBPyConnection, seeds: Path) -> dict[str, set[str]]:
    """Pipeline -> names of the stages that the policy or the CRM lists for it."""
    found: dict[str, set[str]] = {}
    written = ((row.get("pipeline_id", ""), row.get("stage", "")) for row in seed_rows(seeds, "stage_policy"))
    listed = ((pipeline, stage) for pipeline, stage, _ in con.execute(_LISTED).fetchall())
    for pipeline, stage in (*written, *listed):
        if pipeline and stage:
            found.setdefault(pipeline, set()).add(stage)
    return found


def unknown_stages(told: Iterable[ToldStage], listed: dict[str, set[str]]) -> list[ToldStage]:
    """The told stages that the list of their pipeline doesn't name."""
    names = {pipeline: {stage_key(stage, pipeline) for stage in stages} for pipeline, stages in listed.items()}
    return [
        stage for stage in told if stage_key(stage.stage, stage.pipeline_id) not in names.get(stage.pipeline_id, set())
    ]


def unknown_stages_said(told: Iterable[ToldStage], listed: dict[str, set[str]]) -> list[str]:
    """One sentence per unknown stage, or per pipeline where none of its stages is listed."""
    said = []
    whole: dict[str, list[ToldStage]] = {}
    for stage in unknown_stages(told, listed):
        if stage.pipeline_id not in listed:
            whole.setdefault(stage.pipeline_id, []).append(stage)
            continue
        near = nearest_said(stage.stage, listed[stage.pipeline_id])
        said.append(
            f"{stage.source_name}: stage {stage.stage!r} of pipeline {stage.pipeline_id!r}, "
            f"{_opportunities(stage.opportunities)}, is in no list{near}; {_kind(stage)}."
        )
    for pipeline, stages in whole.items():
        shown = ", ".join(f"{stage.stage!r} {stage.opportunities:,}" for stage in stages[:12])
        more = f" and {len(stages) - 12} more" if len(stages) > 12 else ""
        said.append(
            f"{stages[0].source_name}: no list has the pipeline {pipeline!r} with its stages {shown}{more}. Write them "
            "into stage_policy.csv, or under `rows: stages:` of a mapping."
        )
    return said


def stage_key(stage: str, pipeline_id: str) -> str:
    """The name of a stage as it is compared; `Won (Sales Pipeline)` is HubSpot's `Won` of that pipeline."""
    name = stage.strip()
    found = re.fullmatch(r"(.*\S)\s*\(([^()]*)\)", name)
    if found and (key(found[2]) == key(pipeline_id) or key(found[2]).endswith("pipeline")):
        name = found[1]
    return key(name)


def _kind(stage: ToldStage) -> str:
    if stage.closed is None:
        return "no record says whether it is closed"
    if stage.closed * 2 <= stage.opportunities:
        return "open, say its records"
    won = stage.won is not None and stage.won * 2 > stage.opportunities
    return "closed and won, say its records" if won else "closed and lost, say its records"


def _opportunities(count: int) -> str:
    return f"{count:,} opportunit{'ies' if count != 1 else 'y'}"
