"""Stage rules that have nothing to judge: their stage is in no record, or no file tells their field."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from dagster_project.lib.check.nearest import nearest_said
from dagster_project.lib.check.opportunity_fields import FIELDS, changed_fields, custom_names, told_fields
from dagster_project.lib.check.seed_files import seed_rows
from dagster_project.lib.check.stage_words import ToldStage, recorded_stages

_SHOWN = 3
CUSTOM = "custom."
_OPPORTUNITIES = ("salesforce__opportunity", "hubspot__deal", "generic__opportunities")


def rules_without_cases(con: duckdb.DuckDBPyConnection, seeds: Path, told: Sequence[ToldStage]) -> list[str]:
    """One sentence per reason why rules of seeds/stage_rules.csv can't judge, with the rules."""
    stages: dict[str, set[str]] = {}
    for stage in told:
        stages.setdefault(stage.pipeline_id, set()).add(stage.stage)
    for pipeline, stage in recorded_stages(con):
        stages.setdefault(pipeline, set()).add(stage)
    fields = told_fields(con)
    own = custom_names(con, _OPPORTUNITIES) | changed_fields(con)
    rules: dict[str, list[str]] = {}
    for row in seed_rows(seeds, "stage_rules"):
        why = _why_not(row, stages, fields, own)
        if why:
            rules.setdefault(why, []).append(row.get("rule_id", ""))
    return [f"{_listed(names)}: {why}." for why, names in rules.items()]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= _SHOWN else f"{len(names)} rules ({', '.join(names[:_SHOWN])}, …)"


def _why_not(
    rule: dict[str, str], stages: dict[str, set[str]], fields: Collection[str], own: Collection[str]
) -> str | None:
    pipeline, stage, field = rule.get("pipeline_id", ""), rule.get("stage", ""), rule.get("field", "")
    if pipeline not in stages:
        return f"no opportunity is in pipeline {pipeline!r}{nearest_said(pipeline, stages)}"
    if stage not in stages[pipeline]:
        return f"no opportunity is told to have been in stage {stage!r}{nearest_said(stage, stages[pipeline])}"
    if field.startswith(CUSTOM):
        name = field.removeprefix(CUSTOM)
        if name not in own and not any(other.removeprefix("property_") == name for other in own):
            return f"no file tells {field!r}{nearest_said(name, own)}"
        return None
    if field not in FIELDS:
        return f"there is no field {field!r}{nearest_said(field, FIELDS)}"
    return None if field in fields else f"no file tells {field!r}, so every entry is `unknown`"
