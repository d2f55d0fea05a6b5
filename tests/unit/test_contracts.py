"""Contracts and mappings: what the shipped ones say, and that every mistake is named with its file, key and value."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.lib.contracts import (
    CONTRACTS_PATH,
    ContractError,
    Feed,
    InlineRows,
    Source,
    definitions_hash,
    feeds_of,
    find_object,
    load_sources,
)
from dagster_project.lib.contracts.loaders import LOAD_TIMES
from dagster_project.lib.settings import Settings

CONTRACT = """
source: demo
description: A contract of a test.
owner: tests
landing: demo
extract_time:
  - column: extracted_at
  - path: '(\\d{4}-\\d{2}-\\d{2})'
freshness_days: 2
objects:
  deals:
    files: ["deals/*"]
    key: [deal_id]
    version: modified_at
    sequence: number
    deleted: is_deleted
    columns:
      deal_id: {type: text, required: true, accept: [id]}
      stage: {type: text}
      note: {type: text, personal: true}
      number: {type: integer}
      modified_at: {type: timestamp}
      extracted_at: {type: timestamp}
      is_deleted: {type: boolean}
"""
MAPPING = """
source: crm
extends: demo
extract_time: {constant: "2020-01-01T00:00:00Z"}
feeds:
  - file: crm/deals.csv
    object: deals
    where: {Kind: {in: [A, B]}, When: not_null}
    columns: {deal_id: Id, stage: Stage, modified_at: When}
    constants: {number: 7}
    translate: {stage: {No: Lost, 1: ""}}
    formats: {modified_at: "%d/%m/%Y"}
    timezone: Europe/Amsterdam
    csv: {delimiter: ";"}
rows:
  deals:
    - {deal_id: 01, stage: no}
"""


def load(folder: Path, contract: str = CONTRACT, mapping: str | None = MAPPING) -> list[Source]:
    contracts, mappings = folder / "contracts", folder / "mappings"
    contracts.mkdir(parents=True)
    mappings.mkdir()
    (contracts / "demo.yml").write_text(contract, encoding="utf-8")
    if mapping is not None:
        (mappings / "crm.yml").write_text(mapping, encoding="utf-8")
    settings = Settings(home=folder, landing=folder, mappings=mappings, seeds=folder)
    return load_sources(settings, contracts)


def test_shipped_contracts_load_and_name_their_raw_tables() -> None:
    here = Path(__file__).parent
    sources = load_sources(Settings(home=here, landing=here, mappings=None, seeds=here))
    assert {"generic", "salesforce"} <= {source.name for source in sources}
    history = find_object(sources, "salesforce", "OpportunityHistory")
    assert history.raw_table == "salesforce__opportunity_history"
    assert history.sequence == "id"
    tables = [target.raw_table for source in sources for target in source.objects]
    assert len(tables) == len(set(tables))


def test_every_shipped_object_reads_its_own_folder_and_declares_a_required_key() -> None:
    here = Path(__file__).parent
    for source in load_sources(Settings(home=here, landing=here, mappings=None, seeds=here)):
        assert (CONTRACTS_PATH / source.path).is_file()
        for target in source.objects:
            assert all(pattern.startswith(f"{source.name}/") for pattern in target.feed.files)
            assert any(column.required for column in target.columns if column.name in target.key)


def test_a_contract_reads_as_written(tmp_path: Path) -> None:
    (source, _) = load(tmp_path)
    deals = find_object([source], "demo", "deals")
    assert (source.owner, source.freshness_days, deals.feed.files) == ("tests", 2, ("demo/deals/*",))
    assert (deals.key, deals.version, deals.sequence, deals.deleted) == (
        ("deal_id",),
        "modified_at",
        "number",
        "is_deleted",
    )
    assert deals.columns[0].accept == ("id",)
    assert not deals.feed.is_full_extract
    assert [rule.kind for rule in deals.feed.extract_time[:2]] == ["column", "path"]
    assert deals.feed.extract_time[2:] == LOAD_TIMES


def test_undeclared_columns_are_personal(tmp_path: Path) -> None:
    deals = find_object(load(tmp_path), "demo", "deals")
    assert {name: deals.is_personal(name) for name in ("stage", "note", "Custom_Field__c")} == {
        "stage": False,
        "note": True,
        "Custom_Field__c": True,
    }


def test_a_mapping_reads_as_written_and_keeps_every_scalar_as_text(tmp_path: Path) -> None:
    sources = load(tmp_path)
    own, feed, rows = feeds_of(sources, find_object(sources, "demo", "deals"))
    assert isinstance(own, Feed)
    assert isinstance(feed, Feed)
    assert isinstance(rows, InlineRows)
    assert feed.columns == (("deal_id", "Id"), ("stage", "Stage"), ("modified_at", "When"))
    assert feed.constants == (("number", "7"),)
    assert feed.translate == (("stage", (("No", "Lost"), ("1", None))),)
    assert [(c.column, c.operator, c.values) for c in feed.where] == [
        ("Kind", "in", ("A", "B")),
        ("When", "not_null", ()),
    ]
    assert (feed.timezone, feed.csv.delimiter, feed.keeps_undeclared) == ("Europe/Amsterdam", ";", True)
    assert str(feed.extract_time[0].at) == "2020-01-01 00:00:00"
    assert rows.rows == ((("deal_id", "01"), ("stage", "no")),)
    assert sources[1].objects == ()
    assert sources[1].owner == "tests"


def test_a_constant_date_means_the_end_of_that_day(tmp_path: Path) -> None:
    mapping = MAPPING.replace("2020-01-01T00:00:00Z", "2020-01-01")
    (rule,) = load(tmp_path, mapping=mapping)[1].feeds[0].extract_time
    assert str(rule.at) == "2020-01-01 23:59:59.999999"


def test_a_mapped_extract_time_column_declares_the_extract_time(tmp_path: Path) -> None:
    mapping = MAPPING.replace('extract_time: {constant: "2020-01-01T00:00:00Z"}', "description: x").replace(
        "modified_at: When", "modified_at: When, extracted_at: Taken"
    )
    (rule,) = load(tmp_path, mapping=mapping)[1].feeds[0].extract_time
    assert (rule.kind, rule.value) == ("column", "Taken")


def test_the_definitions_hash_changes_with_a_definition_only(tmp_path: Path) -> None:
    first = definitions_hash(load(tmp_path / "a"))
    assert definitions_hash(load(tmp_path / "b")) == first
    assert definitions_hash(load(tmp_path / "c", mapping=MAPPING.replace("Lost", "Closed"))) != first


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("landing: demo\n", "landing: demo\nlanding: x\n", ["the key 'landing' is given twice"]),
        ("landing: demo", "landing: ../demo", ["demo.yml", "landing", "'../demo'", "leaves the landing folder"]),
        ("landing: demo\n", "", ["demo.yml", "'landing' is missing"]),
        ("owner: tests", "ownr: tests", ["demo.yml: ownr = 'tests'", "not known", "owner"]),
        ("source: demo", "source: Demo-1", ["source = 'Demo-1'", "lower-case"]),
        ("{type: integer}", "{type: number}", ["columns.number.type = 'number'", "integer, decimal"]),
        ("{type: integer}", "{typ: integer}", ["columns.number.typ", "not known"]),
        ("version: modified_at", "version: changed_at", ["objects.deals.version = 'changed_at'", "not a declared"]),
        ("version: modified_at", "version: stage", ["the column is text", "must be timestamp"]),
        ("deleted: is_deleted", "deleted: stage", ["must be boolean"]),
        ("required: true, ", "", ["objects.deals.key", "no column of the key is required"]),
        ("stage: {type: text}", "dealid: {type: text}", ["can't be told from 'deal_id'"]),
        ("stage: {type: text}", "_key: {type: text}", ["such names are ingest's own"]),
        ("stage: {type: text}", "Stage: {type: text}", ["not a usable name"]),
        ("freshness_days: 2", "freshness_days: soon", ["freshness_days = 'soon'", "whole number"]),
        ("  - column: extracted_at", "  - colum: extracted_at", ["extract_time[0].colum", "not known"]),
        ("(\\d{4}-", "((\\d{4}-", ["not a regular expression"]),
        ("files: [\"deals/*\"]", "files: deals", ["objects.deals.files = 'deals'", "not a list"]),
        ("objects:", "objects: [", ["demo.yml", "not valid YAML"]),
        ("version:", "repeats: yes\n    version:", ["objects.deals.repeats = 'yes'", "keep, drop"]),
        ("version:", "unpack: [notes]\n    version:", ["objects.deals.unpack[0] = 'notes'", "metadata"]),
        ("version:", "unnest: [{from: deal, lists: [a]}]\n    version:", ["unnest[0].from = 'deal'", "Objects are: deals"]),
        ("version:", "unnest: [{from: deals}]\n    version:", ["unnest[0]", "'lists' is missing"]),
        (
            "version:",
            "unnest: [{from: deals, lists: [a], columns: {id: deal_id}}]\n    version:",
            ["unnest[0].columns.id", "declares no column 'id'"],
        ),
        (
            "version:",
            "unnest: [{from: deals, lists: [a], columns: {deal_id: id}}]\n    version:",
            ["unnest[0].columns.deal_id = 'id'", "declares no such column"],
        ),
    ],
)  # fmt: skip
def test_a_wrong_contract_is_refused(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    assert old in CONTRACT
    with pytest.raises(ContractError) as caught:
        load(tmp_path, contract=CONTRACT.replace(old, new, 1))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("extends: demo\n", "", ["crm.yml", "'extends' is missing"]),
        ("extends: demo", "extends: hubspot", ["extends = 'hubspot'", "demo"]),
        ("source: crm", "source: demo", ["source = 'demo'", "a shipped contract has this name"]),
        ("file: crm/deals.csv", "file: /etc/passwd", ["feeds[0].file = '/etc/passwd'", "leaves the landing folder"]),
        ("file: crm/deals.csv", "file: a/../../b.csv", ["leaves the landing folder"]),
        ("object: deals", "object: leads", ["feeds[0].object = 'leads'", "Its objects are: deals"]),
        ("stage: Stage,", "stag: Stage,", ["feeds[0].columns.stag", "declares no column 'stag'"]),
        ("deal_id: Id, ", "", ["the required column 'deal_id' of deals is filled by nothing"]),
        ("{number: 7}", "{stage: 7}", ["feeds[0].constants.stage", "also mapped"]),
        ("translate: {stage:", "translate: {note:", ["feeds[0].translate.note", "doesn't fill"]),
        ("formats: {modified_at:", "formats: {stage:", ["formats are for dates"]),
        ("Europe/Amsterdam", "Europe/Atlantis", ["timezone = 'Europe/Atlantis'", "IANA"]),
        ("When: not_null", "When: notnull", ["where.When = 'notnull'", "`not_null` or `is_null`"]),
        ("{in: [A, B]}", "{like: A}", ["where.Kind.like", "Known keys: equals, in"]),
        ('delimiter: ";"', 'delimiter: ";;"', ["csv.delimiter = ';;'", "single ASCII character"]),
        ('{delimiter: ";"}', "{header: [a, a]}", ["a name occurs twice"]),
        ("2020-01-01T00:00:00Z", "last year", ["extract_time.constant = 'last year'", "not an instant"]),
        ("stage: no}", "stag: no}", ["rows.deals[0].stag", "declares no column"]),
        ("rows:\n  deals:", "rows:\n  leads:", ["demo has no such object"]),
        ("timezone:", "time_zone:", ["feeds[0].time_zone", "not known"]),
        ("timezone:", "undeclared: maybe\n    timezone:", ["undeclared = 'maybe'", "keep, drop"]),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    assert old in MAPPING
    with pytest.raises(ContractError) as caught:
        load(tmp_path, mapping=MAPPING.replace(old, new, 1))
    for word in words:
        assert word in str(caught.value)


def test_two_mappings_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    for name in ("a.yml", "b.yml"):
        text = MAPPING.replace("extends: demo", "extends: generic").split("feeds:")[0]
        (tmp_path / "mappings" / name).write_text(text, encoding="utf-8")
    settings = Settings(home=tmp_path, landing=tmp_path, mappings=tmp_path / "mappings", seeds=tmp_path)
    with pytest.raises(ContractError, match=r"b\.yml: source = 'crm': a\.yml has the same name"):
        load_sources(settings)


def test_a_missing_mappings_folder_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, landing=tmp_path, mappings=tmp_path / "gone", seeds=tmp_path)
    with pytest.raises(ContractError, match="PLUMBLINE_MAPPINGS"):
        load_sources(settings)


def test_kinds_say_what_columns_of_a_name_hold_in_whatever_object() -> None:
    here = Path(__file__).parent
    shipped = load_sources(Settings(home=here, landing=here, mappings=None, seeds=here))
    found = {source.name: source for source in shipped}
    opportunity = found["salesforce"].object("Opportunity")
    assert opportunity is not None
    columns = {column.name: column for column in opportunity.columns}
    assert (columns["owner_id"].type, columns["stage_name"].type) == ("salesforce_id", "text")
    assert columns["name"].free_text
    assert not columns["stage_name"].free_text
    assert columns["created_date"].system
    history, engagement = found["hubspot"].object("deal_property_history"), found["hubspot"].object("engagement")
    assert history is not None
    assert engagement is not None
    assert [
        column.system for entry in (history, engagement) for column in entry.columns if column.name == "timestamp"
    ] == [
        True,
        False,
    ]


def test_a_kind_without_a_column_is_a_mistake(tmp_path: Path) -> None:
    contract = CONTRACT.replace("freshness_days: 2", "freshness_days: 2\nkinds: {system: [made_at]}")
    with pytest.raises(ContractError, match="no timestamp column of the contract has such a name"):
        load(tmp_path, contract)
