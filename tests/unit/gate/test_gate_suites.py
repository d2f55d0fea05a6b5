"""Suite files: what is refused, and with which words."""

from __future__ import annotations

import pytest
import yaml
from gate_company import SUITE, Company

from dagster_project.lib.gate import GateError
from dagster_project.lib.gate.expectations import build_expectation
from dagster_project.lib.gate.suites import SUITES_FOLDER, SuiteSpec, load_suites
from dagster_project.lib.settings import PROJECT_ROOT

SHIPPED = load_suites()


@pytest.mark.parametrize("suite", SHIPPED, ids=lambda suite: suite.table)
def test_shipped_suite_is_made_of_real_expectations(suite: SuiteSpec) -> None:
    for check in suite.checks:
        build_expectation(check, suite.path)


def test_shipped_suites_gate_the_marts() -> None:
    assert {suite.table for suite in SHIPPED} >= {
        "stage_transitions.fct_stage_visits",
        "stage_transitions.fct_stage_transitions",
        "attribution.fct_attribution_credits",
        "attribution.agg_source_attribution",
        "coverage.fct_ae_coverage",
        "governance.fct_stage_rule_evaluations",
        "governance.fct_stage_entry_violations",
        "governance.fct_source_relabels",
        "governance.agg_relabel_share",
        "core.dim_opportunities",
    }
    assert SUITES_FOLDER.is_dir()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("expect_column_values_to_be_unique", "expect_column_values_unique", "is not an expectation.*Did you mean"),
        ("{column: opportunity_id}", "{column: oportunity_id}", "'oportunity_id' is not a column of core.dim_opp"),
        ("{column: opportunity_id}", "{colum: opportunity_id}", "kwargs: colum.*extra fields|kwargs: column.*required"),
        ("[opportunity_id, stage]", "[opportunity_id, state]", "sample_columns: column: 'state' is not a column"),
        ("{stage: {in: [Won]}", "{state: {in: [Won]}", "'state' is not a column"),
    ],
)
def test_wrong_name_is_found_when_asked(company: Company, old: str, new: str, message: str) -> None:
    company.suite(SUITE.replace(old, new))
    with pytest.raises(GateError, match=f"core.dim_opportunities.yml: .*{message}"):
        company.run()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("table: core.dim_opportunities", "table: core.dim_deals", "does not match the file's name"),
        ("severity: warn", "severity: warning", "'amount_not_negative': severity: 'warning' is unknown"),
        ("severity: warn", "severty: warn", "unknown key 'severty'"),
        ("id: won_has_amount", "id: amount_not_negative", "'amount_not_negative' is used twice"),
        ("id: won_has_amount", "id: Won has amount", "lower-case letters"),
        ("id: won_has_amount", "id: sources_are_fresh", "'sources_are_fresh' is the name of a built-in check"),
        ("{in: [Won]}", "{like: Won}", r"where: stage: \{'like': 'Won'\} is not a condition"),
        ("{in: [Won]}", "{in: Won}", "is not a condition"),
        ("description: The key is unique.", "description:", "description: None must be text"),
        ("sample_columns: [opportunity_id, stage]", "sample_columns: stage", "must be a list of column names"),
    ],
)
def test_wrong_file_is_refused_when_declared(company: Company, old: str, new: str, message: str) -> None:
    company.suite(SUITE.replace(old, new))
    with pytest.raises(GateError, match=f"core.dim_opportunities.yml: .*{message}"):
        company.declared()


def test_file_that_is_no_yaml_is_refused(company: Company) -> None:
    company.suite("table: [")
    with pytest.raises(GateError, match="not readable as YAML"):
        company.declared()


def test_folder_without_suites_is_refused(company: Company) -> None:
    (company.suites / "core.dim_opportunities.yml").unlink()
    with pytest.raises(GateError, match="nothing would be checked"):
        company.declared()


def test_declared_severity_is_the_suites(company: Company) -> None:
    severities = {check.name: check.severity for check in company.declared()}
    assert severities["opportunity_id_unique"] == "error"
    assert severities["amount_not_negative"] == "warn"


def mart_columns() -> dict[str, set[str]]:
    """Columns of every mart as dbt's YAML declares them, by <folder>.<model>."""
    found: dict[str, set[str]] = {}
    for path in (PROJECT_ROOT / "dbt" / "models" / "marts").rglob("_*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            found[f"{path.parent.name}.{model['name']}"] = {column["name"] for column in model["columns"]}
    return found


@pytest.mark.parametrize("suite", SHIPPED, ids=lambda suite: suite.table)
def test_shipped_suite_names_columns_that_dbt_declares(suite: SuiteSpec) -> None:
    columns = mart_columns()[suite.table]
    assert set(suite.sample_columns) <= columns
    for check in suite.checks:
        assert set(check.columns()) <= columns, check.name


def test_every_shipped_check_is_described_for_readers() -> None:
    for suite in SHIPPED:
        for check in suite.checks:
            assert check.description.endswith("."), f"{suite.table}.{check.name}: {yaml.safe_dump(check.description)}"
