"""Rules that judge nothing, and what of the sample's seeds ruled a company's data, asked of whole small warehouses."""

from __future__ import annotations

from dagster_project.lib.contracts import CONTRACTS_PATH
from dagster_project.lib.contracts.contract import parse_contract
from dagster_project.lib.gate.rule_fit import unfit_rules
from dagster_project.lib.gate.warehouse import Warehouse
from dagster_project.lib.sample_use import rows_used
from tests.conftest import BuildSmallCompany

DAY = "2026-03-31"
FILES = {
    f"generic/opportunities/{DAY}.csv": (
        "opportunity_id,stage,amount,currency,created_at,Budget\n"
        "a,Discovery,100,EUR,2026-01-10 09:00:00,5\n"
        "b,Qualification,200,GBP,2026-01-11 09:00:00,6\n"
        "c,Discovery,300,USD,2026-01-12 09:00:00,\n"
    ),
    f"generic/opportunity_changes/{DAY}.csv": (
        "opportunity_id,field,old_value,new_value,changed_at\n"
        "a,stage,Prospecting,Discovery,2026-02-01 09:00:00\n"
        "b,stage,Prospecting,Qualification,2026-02-01 09:00:00\n"
        "a,amount,,100,2026-01-10 09:00:00\n"
    ),
}
HEADER = (
    "rule_id,pipeline_id,stage,on_event,field,operator,value,severity,tolerated_rate,owner,valid_from,valid_to,reason\n"
)
RULES = HEADER + "".join(
    f"{rule_id},{pipeline},{stage},entry,{field},not_empty,,warn,0.1,RevOps,,,Why.\n"
    for rule_id, pipeline, stage, field in [
        ("fine", "default", "Discovery", "amount"),
        ("own_field", "default", "Discovery", "custom.Budget"),
        ("wrong_pipeline", "defualt", "Discovery", "amount"),
        ("wrong_stage", "default", "Qualificaton", "amount"),
        ("wrong_field", "default", "Discovery", "custom.Bugdet"),
        ("no_field", "default", "Discovery", "next_step"),
        ("no_entry", "default", "Negotiation", "amount"),
    ]
)
CONTRACTS = [parse_contract(path, path.name) for path in sorted(CONTRACTS_PATH.glob("*.yml"))]


def test_every_rule_that_judges_nothing_says_why(small_company: BuildSmallCompany) -> None:
    company = small_company(FILES, seeds={"stage_rules": RULES})
    found = {rule.rule_id: rule for rule in unfit_rules(Warehouse.over(company.connection), CONTRACTS)}
    assert {name for name, rule in found.items() if not rule.fits} == {"wrong_pipeline", "wrong_stage", "wrong_field"}
    assert {name for name, rule in found.items() if rule.fits} >= {"no_field", "no_entry"}
    assert "fine" not in found
    assert found["wrong_pipeline"].problem == "no ladder is called defualt; did you mean default"
    assert found["wrong_stage"].problem == "pipeline default has no stage Qualificaton; did you mean Qualification"
    assert found["wrong_field"].problem.endswith("custom.Bugdet; did you mean custom.Budget")
    assert found["no_field"].problem.startswith("no file has the field next_step: ")
    assert found["no_field"].triggered > 0


def test_what_of_the_sample_ruled_the_data_is_counted_by_seed(small_company: BuildSmallCompany) -> None:
    lines = dict(line.split(": ", 1) for line in rows_used(small_company(FILES).connection))
    assert lines["fx_rates"] == "EUR (3 rows), GBP (3 rows)"
    assert lines["stage_policy"].endswith(" stages")
    assert set(lines) <= {"stage_policy", "stage_rules", "fx_rates"}


def test_nothing_known_is_no_zero(small_company: BuildSmallCompany) -> None:
    company = small_company(
        {f"generic/opportunities/{DAY}.csv": "opportunity_id,stage,created_at\na,Discovery,2026-01-10 09:00:00\n"}
    )
    figures = dict(company.rows("select figure, value from ops.agg_headline_figures where dimension = 'company'"))
    assert figures.pop("opportunities") == 1
    known = {name: value for name, value in figures.items() if value is not None}
    assert known in ({"won_opportunities": 0}, {})
