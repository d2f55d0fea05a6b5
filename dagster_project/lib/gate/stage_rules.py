"""Stage rules of `seeds/stage_rules.csv`, and the same rules as expectations.

A rule is written once, in the seed. dbt judges it in `governance.fct_stage_rule_evaluations`; the expectations made
here judge it again from `intermediate.int_stage_rule_inputs`, with operators of their own, so that neither can err
unseen.

What the operators mean, for both: text is compared after trimming, exactly and with case. An empty or absent value
fails every operator except `not_in`. Numbers are compared as numbers; text that is no number fails.

| operator     | passes when the field's value as at entry …          |
|--------------|------------------------------------------------------|
| not_empty    | holds anything but blanks                            |
| equals       | is the value                                         |
| in           | is one of the values, separated by a vertical bar    |
| not_in       | is none of the values                                |
| at_least     | is a number of the value or more                     |
| at_most      | is a number of the value or less                     |
| greater_than | is a number above the value                          |
| matches      | contains a match of the regular expression (RE2)     |
| min_length   | has as many characters or more                       |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.lib.gate.results import GateError, Severity
from dagster_project.lib.gate.seeds import SeedRow, read_seed
from dagster_project.lib.gate.suites import CheckSpec, Condition

RULES_SEED = "stage_rules.csv"
RULES_TABLE = "governance.fct_stage_rule_evaluations"
INPUTS_TABLE = "intermediate.int_stage_rule_inputs"
EVENTS = ("entry", "exit")
COUNTS_AGREE = "stage_rule_counts_agree"
COUNTED_FIELDS = ("contact_role_count", "two_way_activity_count")
RULE_FIELDS = (
    "pipeline_id", "account_id", "opportunity_type", "source", "primary_campaign_id", "owner_id", "currency",
    "amount", "close_date", "forecast_category", "probability", "next_step", "loss_reason", "stage", *COUNTED_FIELDS,
)  # fmt: skip
"""Fields of an opportunity that rules can judge: those whose history is kept (macro opportunity_fields), and counts."""
CUSTOM = "custom."
RULE_COLUMNS = (
    "rule_id", "pipeline_id", "stage", "on_event", "field", "operator", "value", "severity", "tolerated_rate", "owner",
    "valid_from", "valid_to", "reason",
)  # fmt: skip

# The rows that dbt judged, with each value in the forms that the expectations below ask about. Values stay in here.
INPUTS_QUERY = f"""
select
    inputs.rule_id,
    nullif(trim(inputs.value_text), '') as filled_text,
    coalesce(trim(inputs.value_text), '') as judged_text,
    length(coalesce(trim(inputs.value_text), '')) as judged_length,
    coalesce(try_cast(trim(inputs.value_text) as double), '-infinity'::double) as judged_from_below,
    coalesce(try_cast(trim(inputs.value_text) as double), 'infinity'::double) as judged_from_above
from {INPUTS_TABLE} as inputs
where
    inputs.is_evaluable
    and inputs.evaluation_id in (select evaluations.evaluation_id from {RULES_TABLE} as evaluations)
"""


@dataclass(frozen=True)
class StageRule:
    """One row of the seed. `tolerated_rate` is the share of failures (0 to 1) past which `severity` holds."""

    rule_id: str
    pipeline_id: str
    stage: str
    on_event: str
    field: str
    operator: str
    value: str
    severity: Severity
    tolerated_rate: Decimal
    owner: str
    reason: str

    @property
    def check_name(self) -> str:
        return f"stage_rule_{self.rule_id}"

    @property
    def description(self) -> str:
        asked = f"{self.field} {self.operator} {self.value}".strip()
        return (
            f"On {self.on_event} of {self.stage} ({self.pipeline_id}): {asked}. Tolerated: "
            f"{self.tolerated_rate:.1%}. Owner: {self.owner}. {self.reason}"
        )


def load_stage_rules(seeds: Path) -> list[StageRule]:
    """Read the rules. Raises GateError naming file, line, column, value and what to do."""
    rules = [rule_of(row) for row in read_seed(seeds / RULES_SEED, RULE_COLUMNS)]
    seen: set[str] = set()
    for rule in rules:
        if rule.rule_id in seen:
            raise GateError(
                f"{seeds / RULES_SEED}: rule_id {rule.rule_id!r} is used twice. Give a changed rule a new id and end "
                "the old one with valid_to."
            )
        seen.add(rule.rule_id)
    return rules


def expectation_of(rule: StageRule) -> CheckSpec:
    """The rule as an expectation over INPUTS_QUERY."""
    expectation, kwargs = _EXPECTATIONS[rule.operator](rule)
    return CheckSpec(
        name=rule.check_name,
        expectation=expectation,
        kwargs=kwargs,
        severity=rule.severity,
        description=rule.description,
        where=(Condition("rule_id", "equals", rule.rule_id),),
        mostly=float(1 - rule.tolerated_rate),
    )


def rule_of(row: SeedRow) -> StageRule:
    """A row as a rule. Raises GateError at its first mistake."""
    operator = row.one_of("operator", OPERATORS)
    value = row.optional("value")
    if operator != "not_empty" and not value:
        raise row.refuse("value", f"operator {operator} needs a value")
    if operator in ("at_least", "at_most", "greater_than", "min_length"):
        row.number("value")
    if operator == "matches":
        _refuse_unmatchable(row, value)
    rule_id = row.required("rule_id")
    if not re.fullmatch(r"[a-z0-9_]+", rule_id):
        raise row.refuse("rule_id", "use lower-case letters, digits and underscores")
    row.period()
    return StageRule(
        rule_id=rule_id,
        pipeline_id=row.required("pipeline_id"),
        stage=row.required("stage"),
        on_event=row.one_of("on_event", EVENTS),
        field=row.required("field"),
        operator=operator,
        value=value,
        severity=row.severity(),
        tolerated_rate=row.share("tolerated_rate"),
        owner=row.required("owner"),
        reason=row.required("reason"),
    )


def _refuse_unmatchable(row: SeedRow, pattern: str) -> None:
    with duckdb.connect() as connection:
        try:
            connection.execute("select regexp_matches('', ?)", [pattern])
        except duckdb.InvalidInputException as error:
            raise row.refuse("value", f"not a regular expression that DuckDB takes: {error}") from error


def _values(rule: StageRule) -> list[str]:
    return [value.strip() for value in rule.value.split("|")]


def _not_empty(_: StageRule) -> tuple[str, Mapping[str, Any]]:
    return "expect_column_values_to_not_be_null", {"column": "filled_text"}


def _equals(rule: StageRule) -> tuple[str, Mapping[str, Any]]:
    return "expect_column_values_to_be_in_set", {"column": "judged_text", "value_set": [rule.value.strip()]}


def _in(rule: StageRule) -> tuple[str, Mapping[str, Any]]:
    return "expect_column_values_to_be_in_set", {"column": "judged_text", "value_set": _values(rule)}


def _not_in(rule: StageRule) -> tuple[str, Mapping[str, Any]]:
    return "expect_column_values_to_not_be_in_set", {"column": "judged_text", "value_set": _values(rule)}


def _at_least(rule: StageRule) -> tuple[str, Mapping[str, Any]]:
    return "expect_column_values_to_be_between", {"column": "judged_from_below", "min_value": float(rule.value)}


def _at_most(rule: StageRule) -> tuple[str, Mapping[str, Any]]:
    return "expect_column_values_to_be_between", {"column": "judged_from_above", "max_value": float(rule.value)}


def _greater_than(rule: StageRule) -> tuple[str, Mapping[str, Any]]:
    bounds = {"min_value": float(rule.value), "strict_min": True}
    return "expect_column_values_to_be_between", {"column": "judged_from_below", **bounds}


def _matches(rule: StageRule) -> tuple[str, Mapping[str, Any]]:
    return "expect_column_values_to_match_regex", {"column": "judged_text", "regex": rule.value}


def _min_length(rule: StageRule) -> tuple[str, Mapping[str, Any]]:
    return "expect_column_values_to_be_between", {"column": "judged_length", "min_value": float(rule.value)}


_EXPECTATIONS: Mapping[str, Callable[[StageRule], tuple[str, Mapping[str, Any]]]] = {
    "not_empty": _not_empty,
    "equals": _equals,
    "in": _in,
    "not_in": _not_in,
    "at_least": _at_least,
    "at_most": _at_most,
    "greater_than": _greater_than,
    "matches": _matches,
    "min_length": _min_length,
}

OPERATORS = tuple(_EXPECTATIONS)
