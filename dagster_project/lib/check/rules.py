"""Stage rules that have nothing to judge: no ladder has their stage, or no file tells their field.

The gate asks the same of the marts (`lib.gate.rule_fit`): a rule of the company's own that doesn't fit holds a publish
back, one of the sample company's is set aside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lib.check.nearest import nearest_said
from dagster_project.lib.check.opportunity_fields import FIELDS, changed_fields, custom_names, told_fields
from dagster_project.lib.check.seed_files import seed_rows
from dagster_project.lib.check.stage_words import ToldStage, listed_stages, recorded_stages
from dagster_project.lib.gate.stage_rules import CUSTOM

_SHOWN = 3
_OPPORTUNITIES = ("salesforce__opportunity", "hubspot__deal", "generic__opportunities")


@dataclass(frozen=True)
class IdleRules:
    """Rules that can't judge, for one reason. `fits` is false where nothing has what they name."""

    names: Sequence[str]
    why: str
    fits: bool

    def __str__(self) -> str:
        listed = ", ".join(self.names[:_SHOWN])
        count = len(self.names)
        return f"{listed if count <= _SHOWN else f'{count} rules ({listed}, …)'}: {self.why}."


def idle_rules(con: duckdb.DuckDBPyConnection, seeds: Path, told: Sequence[ToldStage]) -> list[IdleRules]:
    """Rules of seeds/stage_rules.csv that can't judge, by reason; those that fit nothing first."""
    stages: dict[str, set[str]] = {}
    for stage in told:
        stages.setdefault(stage.pipeline_id, set()).add(stage.stage)
    for pipeline, name in recorded_stages(con):
        stages.setdefault(pipeline, set()).add(name)
    ladders = {pipeline: set(names) for pipeline, names in listed_stages(con, seeds).items()}
    for pipeline, names in stages.items():
        ladders.setdefault(pipeline, set()).update(names)
    fields = told_fields(con)
    own = custom_names(con, _OPPORTUNITIES) | changed_fields(con)
    found: dict[tuple[bool, str], list[str]] = {}
    for row in seed_rows(seeds, "stage_rules"):
        problem = _unfit(row, ladders, own)
        why = problem or _silent(row, stages, fields)
        if why is not None:
            found.setdefault((problem is None, why), []).append(row.get("rule_id", ""))
    return [IdleRules(names, why, fits) for (fits, why), names in sorted(found.items(), key=lambda entry: entry[0][0])]


def _unfit(rule: Mapping[str, str], ladders: Mapping[str, set[str]], own: Collection[str]) -> str | None:
    """What a rule names and nothing has."""
    pipeline, stage, field = rule.get("pipeline_id", ""), rule.get("stage", ""), rule.get("field", "")
    if pipeline not in ladders:
        return f"no ladder is called {pipeline!r}{nearest_said(pipeline, ladders)}"
    if stage not in ladders[pipeline]:
        return f"pipeline {pipeline!r} has no stage {stage!r}{nearest_said(stage, ladders[pipeline])}"
    name = field.removeprefix(CUSTOM)
    if name != field and name not in own and not any(other.removeprefix("property_") == name for other in own):
        return f"no file tells {field!r}{nearest_said(name, own)}"
    return None


def _silent(rule: Mapping[str, str], stages: Mapping[str, set[str]], fields: Collection[str]) -> str | None:
    """Why a rule that fits has no case."""
    pipeline, stage, field = rule.get("pipeline_id", ""), rule.get("stage", ""), rule.get("field", "")
    if stage not in stages.get(pipeline, set()):
        return f"no opportunity is told to have been in stage {stage!r} of pipeline {pipeline!r}"
    if field in FIELDS and field not in fields:
        return f"no file tells {field!r}, so every entry is `unknown`"
    return None
