"""Which stage rules judge anything at all: a rule whose names nothing has would pass for ever, and nobody would know.

A rule fits where a ladder has its pipeline and stage, and where a file ever held its custom field. A rule of the
company's own that doesn't fit is an error; one of the sample company's is set aside and named. A rule that fits and
judged nothing is a warning.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dagster_project.lib.contracts import Source
from dagster_project.lib.contracts.lift import ENTITIES
from dagster_project.lib.gate.results import SAMPLE_SIZE, CheckOutcome, Row
from dagster_project.lib.gate.stage_rules import CUSTOM, RULES_SEED, RULES_TABLE
from dagster_project.lib.gate.warehouse import Warehouse

RULES_FIT = "stage_rules_judge_something"
FIT_DESCRIPTION = (
    "Every stage rule names a pipeline, a stage and a field that the data have, and has judged an entry or exit."
)

_RULES = f"""
select
    rules.rule_id,
    rules.pipeline_id,
    rules.stage,
    rules.field,
    coalesce(max(carried.is_carried), false) as is_carried,
    count(evaluations.evaluation_id) as triggered,
    count(evaluations.evaluation_id) filter (where evaluations.result <> 'unknown') as judged
from intermediate.int_stage_rules as rules
left join (
    select field, bool_or(is_carried) as is_carried from intermediate.int_rule_field_availability group by field
) as carried on rules.field = carried.field
left join {RULES_TABLE} as evaluations on rules.rule_id = evaluations.rule_id
group by rules.rule_id, rules.pipeline_id, rules.stage, rules.field
order by rules.rule_id
"""
_LADDERS = """
select pipeline_id, stage from intermediate.int_stage_policy
union
select pipeline_id, stage from intermediate.int_stage_visits
"""


@dataclass(frozen=True)
class RuleFit:
    """What is the matter with a rule. `fits` is false where nothing has what it names; `triggered` counts its entries
    or exits, all of them `unknown`."""

    rule_id: str
    problem: str
    fits: bool
    triggered: int

    @property
    def sentence(self) -> str:
        return f"{self.rule_id}: {self.problem}"

    @property
    def row(self) -> Row:
        return {"rule_id": self.rule_id, "problem": self.problem, "n_unknown": self.triggered}


def unfit_rules(warehouse: Warehouse, sources: Iterable[Source]) -> list[RuleFit]:
    """Every rule that judged nothing, and why."""
    ladders: dict[str, set[str]] = {}
    for row in warehouse.rows(_LADDERS):
        ladders.setdefault(str(row["pipeline_id"]), set()).add(str(row["stage"]))
    found: list[RuleFit] = []
    custom: list[str] | None = None
    for row in warehouse.rows(_RULES):
        rule_id, triggered = str(row["rule_id"]), int(row["triggered"] or 0)
        field = str(row["field"])
        problem = _unknown_name(str(row["pipeline_id"]), str(row["stage"]), ladders)
        if problem is None and field.startswith(CUSTOM) and not row["is_carried"]:
            custom = _custom_names(warehouse, sources) if custom is None else custom
            problem = f"no file ever held the field {field}{_near(field, custom)}"
        if problem is not None:
            found.append(RuleFit(rule_id, problem, fits=False, triggered=triggered))
        elif not row["judged"]:
            found.append(RuleFit(rule_id, _silent(field, bool(row["is_carried"]), triggered), True, triggered))
    return found


def fit_outcome(unfit: Sequence[RuleFit], rules: int, seeds: Path, *, are_own: bool, page: str | None) -> CheckOutcome:
    """The check over all rules. Where they `are_own`, the company's, one that doesn't fit holds the publish back."""
    told = [rule for rule in unfit if rule.fits or are_own]
    is_error = any(not rule.fits for rule in told)
    remedy = f" Correct {seeds / RULES_SEED}, or end the rule with valid_to." if is_error else ""
    return CheckOutcome(
        name=RULES_FIT,
        table=RULES_TABLE,
        passed=not told,
        severity="error" if is_error else "warn",
        description=FIT_DESCRIPTION + remedy,
        unexpected_count=len(told),
        element_count=rules,
        sample_rows=[rule.row for rule in sorted(told, key=lambda rule: (rule.fits, rule.rule_id))][:SAMPLE_SIZE],
        docs_path=page,
    )


def _unknown_name(pipeline: str, stage: str, ladders: dict[str, set[str]]) -> str | None:
    if pipeline not in ladders:
        return f"no ladder is called {pipeline}{_near(pipeline, ladders)}"
    # As int_stage_rule_places compares them: without case and outer blanks.
    if stage.strip().lower() in {known.lower() for known in ladders[pipeline]}:
        return None
    elsewhere = sorted(name for name, stages in ladders.items() if stage in stages)
    hint = f"; pipeline {elsewhere[0]} has it" if elsewhere else _near(stage, ladders[pipeline])
    return f"pipeline {pipeline} has no stage {stage}{hint}"


def _silent(field: str, is_carried: bool, triggered: int) -> str:
    if not triggered:
        return "no opportunity came to its stage while it held"
    return f"{triggered} times unknown" if is_carried else f"no file has the field {field}: {triggered} times unknown"


def _custom_names(warehouse: Warehouse, sources: Iterable[Source]) -> list[str]:
    """Custom fields that records of opportunities ever held, as rules name them."""
    tables = [
        item.raw_table
        for source in sources
        for item in source.objects
        if ENTITIES.get((item.source, item.name)) == "opportunities"
    ]
    keys = " union ".join(f"select unnest(json_keys(_custom)) as name from raw.{table}" for table in tables)
    return [f"{CUSTOM}{row['name']}" for row in warehouse.rows(keys)] if keys else []


def _near(name: str, known: Iterable[str]) -> str:
    spelled = {entry.lower(): entry for entry in known}
    near = difflib.get_close_matches(name.lower(), spelled, 1)
    return f"; did you mean {spelled[near[0]]}" if near else ""
