"""Stage rules: judged by the gate from values, weighed by their tolerated rate, and held equal to the mart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gate_company import RULE_HEADER, Company, outcome_of

from dagster_project.lib.gate import GateError
from dagster_project.lib.gate.stage_rules import COUNTED_FIELDS, RULE_FIELDS, load_stage_rules
from dagster_project.lib.gate.tolerances import load_tolerances, severity_of
from dagster_project.lib.settings import PROJECT_ROOT

AMOUNT_RULE = "has_amount,default,Proposal,entry,amount,greater_than,0,error,0.5,Sales,,,Forecasts need amounts."

JUDGED = {
    ("not_empty", ""): {"x": True, "0": True, " ": False, "": False, None: False},
    ("equals", "Web"): {"Web": True, " Web ": True, "web": False, None: False},
    ("in", "Web | Trade Show"): {"Web": True, "Trade Show": True, "Show": False, "": False, None: False},
    ("not_in", "None|Unknown"): {"Web": True, None: True, "None": False, "Unknown": False},
    ("at_least", "2"): {"2": True, "2.0": True, "1.99": False, "two": False, None: False},
    ("at_most", "2"): {"2": True, "-5": True, "2.01": False, "two": False, None: False},
    ("greater_than", "0"): {"0.01": True, "0": False, "0.00": False, "-1": False, None: False},
    ("matches", "^[A-Z]{2}-[0-9]+$"): {"AB-1": True, "ab-1": False, "AB-": False, None: False},
    ("min_length", "3"): {"abc": True, "ab ": False, "": False, None: False},
}


@pytest.fixture
def judged(company: Company) -> Company:
    """One rule per operator and every value of JUDGED, judged as a right mart would."""
    rows = [f"r{n},default,S,entry,f,{op},{value},warn,0.5,Sales,,,Why." for n, (op, value) in enumerate(JUDGED)]
    company.rules(*rows)
    for number, values in enumerate(JUDGED.values()):
        for value, passes in values.items():
            company.evaluate(f"r{number}", value, "pass" if passes else "fail")
        company.evaluate(f"r{number}", "anything", "unknown")
    return company


def test_every_operator_counts_as_defined(judged: Company) -> None:
    result = judged.run()
    for number, values in enumerate(JUDGED.values()):
        outcome = outcome_of(result, f"stage_rule_r{number}")
        failed = sum(not passes for passes in values.values())
        assert (outcome.unexpected_count, outcome.element_count) == (failed, len(values)), outcome.description
    agree = outcome_of(result, "stage_rule_counts_agree")
    assert agree.passed
    assert agree.sample_rows == []


def test_values_stay_in_the_warehouse(company: Company) -> None:
    company.rules("r,default,S,entry,next_step,equals,Call,warn,0.1,Sales,,,Why.")
    company.evaluate("r", "Ring Ms Personal on 555-0100", "fail")
    result = company.run()
    assert outcome_of(result, "stage_rule_r").unexpected_count == 1
    for path in company.settings.data_docs_path.rglob("*"):
        assert not path.is_file() or b"Personal" not in path.read_bytes()
    assert "Personal" not in str(result)


def test_mart_that_misses_a_violation_is_an_error(company: Company) -> None:
    company.rules(AMOUNT_RULE)
    company.evaluate("has_amount", "5", "pass")
    company.evaluate("has_amount", "0", "pass")
    result = company.run()
    agree = outcome_of(result, "stage_rule_counts_agree")
    assert agree.blocks
    assert agree.sample_rows == [
        {
            "rule_id": "has_amount",
            "expectations_failed": 1,
            "mart_failed": 0,
            "expectations_judged": 2,
            "mart_judged": 2,
        }
    ]


def test_mart_that_judges_a_rule_not_in_the_seed_is_an_error(company: Company) -> None:
    company.evaluate("forgotten", "", "fail")
    result = company.run()
    agree = outcome_of(result, "stage_rule_counts_agree")
    assert agree.blocks
    assert [row["rule_id"] for row in agree.sample_rows] == ["forgotten"]


@pytest.mark.parametrize(
    ("failures", "passed", "severity"), [(0, True, "warn"), (1, False, "warn"), (2, False, "warn"), (3, False, "error")]
)
def test_severity_of_the_seed_holds_past_the_tolerated_rate(
    company: Company, failures: int, passed: bool, severity: str
) -> None:
    company.rules(AMOUNT_RULE)
    for number in range(4):
        failing = number < failures
        company.evaluate("has_amount", "0" if failing else "1", "fail" if failing else "pass")
    result = company.run()
    outcome = outcome_of(result, "stage_rule_has_amount")
    assert (outcome.passed, outcome.severity) == (passed, severity)
    assert result.passed == (severity == "warn")
    assert len(outcome.sample_rows) == failures
    assert outcome.observed == f"{failures * 25}.0% of 4 judged, tolerated 50.0%"


def test_failing_rows_are_the_newest_evaluations(company: Company) -> None:
    company.rules(AMOUNT_RULE)
    for _ in range(12):
        company.evaluate("has_amount", None, "fail")
    rows = outcome_of(company.run(), "stage_rule_has_amount").sample_rows
    assert [row["opportunity_id"] for row in rows] == [f"opp-{number}" for number in range(11, 1, -1)]


def test_rule_without_any_evaluation_passes(company: Company) -> None:
    company.rules(AMOUNT_RULE)
    outcome = outcome_of(company.run(), "stage_rule_has_amount")
    assert outcome.passed
    assert (outcome.unexpected_count, outcome.element_count) == (0, 0)
    assert outcome.observed == "none judged, tolerated 50.0%"


def test_tolerated_rate_is_compared_exactly() -> None:
    tolerated = load_stage_rules(PROJECT_ROOT / "seeds")[0].tolerated_rate
    judged = 1000
    edge = int(tolerated * judged)
    assert severity_of(edge, judged, tolerated, "error") == "warn"
    assert severity_of(edge + 1, judged, tolerated, "error") == "error"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,default,S,entry,f,above,1,warn,0.1,Sales,,,Why.", "line 2, column operator, value 'above': use one of"),
        ("a,default,S,entry,f,at_least,x,warn,0.1,Sales,,,Why.", "column value, value 'x': give a number"),
        ("a,default,S,entry,f,equals,,warn,0.1,Sales,,,Why.", "operator equals needs a value"),
        ("a,default,S,entry,f,matches,(,warn,0.1,Sales,,,Why.", "not a regular expression"),
        ("a,default,S,entry,f,not_empty,,stop,0.1,Sales,,,Why.", "column severity, value 'stop': use one of"),
        ("a,default,S,entry,f,not_empty,,warn,10,Sales,,,Why.", "tolerated_rate, value '10': give a share"),
        ("a,default,S,during,f,not_empty,,warn,0.1,Sales,,,Why.", "column on_event, value 'during'"),
        ("a,default,,entry,f,not_empty,,warn,0.1,Sales,,,Why.", "column stage, value '': a value is needed"),
        ("A b,default,S,entry,f,not_empty,,warn,0.1,Sales,,,Why.", "column rule_id, value 'A b'"),
        ("a,default,S,entry,f,not_empty,,warn,0.1,Sales,soon,,Why.", "column valid_from, value 'soon'"),
        ("a,default,S,entry,f,not_empty,,warn,0.1,Sales,2026-02-01,2026-01-01,Why.", "must be after valid_from"),
    ],
)
def test_wrong_rule_is_refused_with_its_place(company: Company, row: str, message: str) -> None:
    company.rules(row)
    with pytest.raises(GateError, match=f"stage_rules.csv, line 2, .*{message}|stage_rules.csv, {message}"):
        company.declared()


def test_rule_id_used_twice_is_refused(company: Company) -> None:
    company.rules(AMOUNT_RULE, AMOUNT_RULE)
    with pytest.raises(GateError, match="'has_amount' is used twice"):
        company.declared()


def test_seed_without_a_column_is_refused(company: Company) -> None:
    path = company.settings.seeds / "stage_rules.csv"
    path.write_text(RULE_HEADER.replace("tolerated_rate,", "") + "\n", encoding="utf-8")
    with pytest.raises(GateError, match=r"stage_rules\.csv, line 1: column tolerated_rate is missing"):
        company.declared()


def test_unquoted_comma_is_refused(company: Company) -> None:
    company.rules(AMOUNT_RULE + " And, more")
    with pytest.raises(GateError, match=r"stage_rules\.csv, line 2: 1 more cells than columns"):
        company.declared()


def test_seed_saved_by_a_spreadsheet_is_read(company: Company) -> None:
    company.rules(AMOUNT_RULE)
    path = company.settings.seeds / "stage_rules.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert "stage_rule_has_amount" in {check.name for check in company.declared()}


def test_absent_seed_is_refused(company: Company) -> None:
    (company.settings.seeds / "stage_rules.csv").unlink()
    with pytest.raises(GateError, match="file not found"):
        company.declared()


def test_shipped_seeds_can_be_read() -> None:
    seeds: Path = PROJECT_ROOT / "seeds"
    assert load_stage_rules(seeds)
    assert load_tolerances(seeds)["relabel_share"].severity in ("warn", "error")


def test_rules_know_the_fields_whose_history_is_kept() -> None:
    text = (PROJECT_ROOT / "dbt/macros/history/fields.sql").read_text(encoding="utf-8")
    kept = re.findall(r"'(\w+)'", text.split("macro opportunity_fields() -%}")[1].split("endmacro")[0])
    assert sorted(RULE_FIELDS) == sorted([*kept, *COUNTED_FIELDS])
