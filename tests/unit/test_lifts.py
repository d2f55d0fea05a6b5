"""Lifted custom fields, before any dbt runs: what contracts and mappings may say, and the files that dbt is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from dagster_project.lib.contracts import ContractError, Lift, Source, definitions_hash, find_object
from dagster_project.lib.dbt_manifest import config_hash
from dagster_project.lib.dbt_project import DBT_PROJECT_PATH, copy_project
from dagster_project.lib.lifted_columns import MACRO_FILE, lifted_files
from dagster_project.lib.privacy import personal_columns
from dagster_project.lib.settings import Settings
from tests.conftest import SEEDS
from tests.unit.test_contracts import CONTRACT, MAPPING, load

CONTRACT_LIFT = """
    lift:
      region: {type: text, personal: false, accept: [Region__c], description: Where the deal is.}
      champion: {type: text, personal: true}
"""
MAPPING_LIFT = """
source: fields
extends: demo
lift:
  deals:
    score: {type: integer, personal: false}
"""
SALESFORCE = """
source: acme
extends: salesforce
lift:
  Opportunity:
    region: {type: text, personal: false, accept: ["O'Region {{ %} \\"x\\" \U0001f600"]}
    champion: {type: text, personal: true}
  Task:
    mood: {type: text, personal: false}
"""
HUBSPOT = """
source: acme_hub
extends: hubspot
lift:
  deal: {region: {type: text, personal: false, accept: [property_region]}}
  contact: {region: {type: date, personal: false}}
"""


def settings_with(folder: Path, **mappings: str) -> Settings:
    (folder / "mappings").mkdir(parents=True, exist_ok=True)
    for name, text in mappings.items():
        (folder / "mappings" / f"{name}.yml").write_text(text, encoding="utf-8")
    return Settings(home=folder / "var", landing=folder / "landing", mappings=folder / "mappings", seeds=SEEDS)


def lifts_of(sources: list[Source]) -> list[Lift]:
    return [lift for source in sources for lift in source.lifts]


def test_contracts_and_mappings_lift_fields_into_columns_with_a_prefix(tmp_path: Path) -> None:
    sources = load(tmp_path, contract=CONTRACT.rstrip("\n") + CONTRACT_LIFT, mapping=MAPPING_LIFT)
    found = [(lift.column, lift.type, lift.personal, lift.names, lift.raw_table) for lift in lifts_of(sources)]
    assert found == [
        ("custom_region", "text", False, ("region", "Region__c"), "demo__deals"),
        ("custom_champion", "text", True, ("champion",), "demo__deals"),
        ("custom_score", "integer", False, ("score",), "demo__deals"),
    ]
    assert "custom_champion" in personal_columns(sources)
    assert "custom_region" not in personal_columns(sources)


def test_a_lift_changes_what_is_built_and_not_how_files_are_read(tmp_path: Path) -> None:
    plain = load(tmp_path / "a", mapping=None)
    lifted = load(tmp_path / "b", contract=CONTRACT.rstrip("\n") + CONTRACT_LIFT, mapping=None)
    before, after = (find_object(sources, "demo", "deals") for sources in (plain, lifted))
    assert before.definition_hash(before.feed) == after.definition_hash(after.feed)
    assert definitions_hash(plain) != definitions_hash(lifted)


def test_a_changed_lift_is_another_configuration(tmp_path: Path) -> None:
    hashes = [
        config_hash(settings_with(tmp_path, acme=text))
        for text in (SALESFORCE, SALESFORCE.replace("mood: {type: text", "mood: {type: date"), SALESFORCE)
    ]
    assert hashes[0] == hashes[2] != hashes[1]


def test_a_mapping_lifts_a_field_that_its_own_files_have_beside_a_declared_one(tmp_path: Path) -> None:
    lift = "lift:\n  deals:\n    note: {type: text, personal: true}\n"
    (lifted,) = lifts_of(load(tmp_path / "a", mapping=MAPPING + lift))
    assert lifted.column == "custom_note"
    with pytest.raises(ContractError, match="deals declares 'note' as its column 'note'"):
        load(tmp_path / "b", mapping=MAPPING_LIFT.replace("score: {type: integer", "note: {type: text"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("personal: false", "persnal: false", ["crm.yml: lift.deals.score.persnal", "not known here", "personal"]),
        (", personal: false", "", ["crm.yml: lift.deals.score = ", "'personal' is missing"]),
        ("type: integer", "type: number", ["lift.deals.score.type = 'number'", "integer, decimal"]),
        ("personal: false", "personal: no idea", ["lift.deals.score.personal = 'no idea'"]),
        ("score:", "Score:", ["lift.deals.Score", "not a usable name"]),
        ("score:", "fields:", ["lift.deals.fields", "holds all custom fields"]),
        ("score:", "dealid:", ["lift.deals.dealid", "deals declares 'dealid' as its column 'deal_id'"]),
        ("false}", "false, accept: [ID]}", ["lift.deals.score", "deals declares 'ID' as its column 'deal_id'"]),
        ("false}", 'false, description: "{{ x }}"}', ["lift.deals.score.description", "braces"]),
        ("false}", "false}\n    sco_re: {type: text, personal: true}", ["lift.deals.sco_re", "told from 'score'"]),
        ("  deals:", "  leads:", ["lift.leads = 'leads'", "Its objects are: deals"]),
    ],
)  # fmt: skip
def test_a_wrong_lift_is_refused(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    assert old in MAPPING_LIFT
    with pytest.raises(ContractError) as caught:
        load(tmp_path, mapping=MAPPING_LIFT.replace(old, new, 1))
    for word in words:
        assert word in str(caught.value)


def test_one_column_is_lifted_once(tmp_path: Path) -> None:
    contract = CONTRACT.rstrip("\n") + CONTRACT_LIFT.replace("region", "score")
    with pytest.raises(
        ContractError, match=r"crm\.yml: lift\.deals\.score: demo\.yml: objects\.deals\.lift\.score lifts"
    ):
        load(tmp_path, contract=contract, mapping=MAPPING_LIFT)


def test_one_column_of_an_entity_has_one_meaning(tmp_path: Path) -> None:
    settings = settings_with(
        tmp_path, hub=HUBSPOT.replace("{type: text, personal: false", "{type: text, personal: true")
    )
    settings_with(tmp_path, crm=SALESFORCE)
    with pytest.raises(ContractError) as caught:
        copy_project(settings)
    assert "hub.yml: lift.deal.region: text, personal, but crm.yml: lift.Opportunity.region" in str(caught.value)
    assert "the column 'custom_region' of opportunities" in str(caught.value)


def test_the_copied_project_lists_lifts_and_widens_the_contracts_of_marts(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, crm=SALESFORCE, hub=HUBSPOT)
    project = copy_project(settings)
    kept: list[dict[str, Any]] = []
    text = (project / MACRO_FILE).read_text(encoding="utf-8")
    jinja2.Environment().from_string(text + "{{ lifted_fields() }}").render({"return": kept.extend})
    assert [(entry["model"], entry["entity"], entry["column"], entry["is_personal"]) for entry in kept] == [
        ("stg_salesforce__opportunity", "opportunities", "custom_region", False),
        ("stg_salesforce__opportunity", "opportunities", "custom_champion", True),
        ("stg_salesforce__task", "", "custom_mood", False),
        ("stg_hubspot__deal", "opportunities", "custom_region", False),
        ("stg_hubspot__contact", "contacts", "custom_region", False),
    ]
    assert kept[0]["names"] == ["region", 'O\'Region {{ %} "x" \U0001f600']
    assert last_columns(project, "dim_opportunities") == ["visit_count", "custom_region"]


def test_without_lifts_the_copied_project_is_the_project(tmp_path: Path) -> None:
    project = copy_project(settings_with(tmp_path, crm=SALESFORCE))
    assert (project / MACRO_FILE).read_bytes() != (DBT_PROJECT_PATH / MACRO_FILE).read_bytes()
    (tmp_path / "mappings" / "crm.yml").unlink()
    copy_project(settings_with(tmp_path))
    for name in (MACRO_FILE, "models/marts/core/_core__models.yml"):
        assert (project / name).read_bytes() == (DBT_PROJECT_PATH / name).read_bytes()
    assert lifted_files(DBT_PROJECT_PATH, []) == {}


def last_columns(project: Path, mart: str) -> list[str]:
    described = yaml.safe_load((project / "models/marts/core/_core__models.yml").read_text(encoding="utf-8"))
    (columns,) = (model["columns"] for model in described["models"] if model["name"] == mart)
    return [column["name"] for column in columns[-2:]]
