"""A rule that names what nothing has, or that judged nothing, is never a silent pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gate_company import Company, outcome_of

from dagster_project.lib import gate
from dagster_project.lib.gate.rule_fit import RULES_FIT
from dagster_project.lib.settings import SAMPLE_SEEDS


def rule(
    company: Company, rule_id: str, pipeline: str, stage: str, field: str = "amount", *, carried: bool = True
) -> None:
    company.sql(
        f"insert into intermediate.int_stage_rules values ('{rule_id}', '{pipeline}', '{stage}', '{field}')",
        f"insert into intermediate.int_rule_field_availability values ('crm', '{field}', {carried})",
    )


def fit(company: Company) -> gate.CheckOutcome:
    return outcome_of(company.run(), RULES_FIT)


def test_a_rule_that_judged_something_is_fine(company: Company) -> None:
    rule(company, "r", "default", "Proposal")
    company.rules("r,default,Proposal,entry,amount,not_empty,,warn,0.1,RevOps,,,Why.")
    company.evaluate("r", "5", "pass")
    assert fit(company).passed


@pytest.mark.parametrize(
    ("pipeline", "stage", "field", "carried", "severity", "said"),
    [
        ("defualt", "Proposal", "amount", True, "error", "no ladder is called defualt; did you mean default"),
        ("default", "Qualifcation", "amount", True, "error", "has no stage Qualifcation; did you mean Qualification"),
        (
            "partner",
            "Own Stage",
            "amount",
            True,
            "error",
            "pipeline partner has no stage Own Stage; pipeline default has it",
        ),
        ("default", "Proposal", "custom.Bugdet", False, "error", "custom.Bugdet; did you mean custom.Budget"),
        ("default", "Own Stage", "amount", True, "warn", "no opportunity came to its stage"),
        ("partner", "Proposal", "next_step", False, "warn", "no opportunity came to its stage"),
    ],
)
def test_a_rule_that_judges_nothing_says_why(
    company: Company, pipeline: str, stage: str, field: str, carried: bool, severity: str, said: str
) -> None:
    company.sql("""insert into raw.generic__opportunities (_source, _custom) values ('crm', '{"Budget": "5"}')""")
    rule(company, "r", pipeline, stage, field, carried=carried)
    outcome = fit(company)
    assert not outcome.passed
    assert outcome.severity == severity
    (row,) = outcome.sample_rows
    assert said in str(row["problem"])


def test_a_known_field_that_no_file_has_is_a_warning_with_counts(company: Company) -> None:
    rule(company, "r", "default", "Proposal", "next_step", carried=False)
    company.rules("r,default,Proposal,entry,next_step,not_empty,,error,0,RevOps,,,Why.")
    for _ in range(3):
        company.evaluate("r", None, "unknown")
    outcome = fit(company)
    assert outcome.severity == "warn"
    assert outcome.sample_rows == [
        {"rule_id": "r", "problem": "no file has the field next_step: 3 times unknown", "n_unknown": 3}
    ]


def test_rules_of_the_sample_that_do_not_fit_are_set_aside_and_named(company: Company) -> None:
    rule(company, "a", "default", "Sales Accepted")
    rule(company, "b", "default", "Proposal")
    settings = replace(company.settings, seeds=SAMPLE_SEEDS)
    company.sql(
        "insert into intermediate.int_stage_rule_inputs select 'x' || i, 'nothing', null, false from range(0) as r(i)"
    )
    result = gate.run_gate(settings, company.suites)
    outcome = outcome_of(result, RULES_FIT)
    assert [row["rule_id"] for row in outcome.sample_rows] == ["b"]
    assert outcome.severity == "warn"
    assert result.set_aside == ["a: pipeline default has no stage Sales Accepted"]
