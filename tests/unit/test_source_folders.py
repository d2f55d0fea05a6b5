"""Sources stay apart: their staging models are read in their own folders alone, and each yields what the one list says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagster_project.lib.contracts.load import CONTRACTS_PATH
from dagster_project.lib.dbt_project import DBT_PROJECT_PATH

FOLDERS = DBT_PROJECT_PATH / "models" / "intermediate" / "sources"
MACROS = DBT_PROJECT_PATH / "macros" / "sources"
SOURCES = sorted(path.stem for path in CONTRACTS_PATH.glob("*.yml"))
SHARED = [
    path
    for path in (DBT_PROJECT_PATH / "models").rglob("*.sql")
    if "staging" not in path.parts and FOLDERS not in path.parents
]


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.stem)
def test_a_shared_model_names_no_source(path: Path) -> None:
    named = re.findall(rf"ref\(\s*'((?:stg|int)_(?:{'|'.join(SOURCES)})__\w+)'", path.read_text(encoding="utf-8"))
    assert named == []


def test_every_contract_has_its_folder_its_macro_and_its_entry() -> None:
    listed = re.findall(r"'(\w+)': \w+_source\(\)", (MACROS / "source_systems.sql").read_text(encoding="utf-8"))
    assert sorted(listed) == SOURCES
    assert sorted(path.name for path in FOLDERS.iterdir()) == SOURCES


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_has_a_model_for_each_entity_that_it_lists(source: str) -> None:
    text = (MACROS / f"{source}.sql").read_text(encoding="utf-8")
    block = re.search(r"'entities': \[([^\]]*)\]", text)
    assert block is not None
    entities = re.findall(r"'(\w+)'", block.group(1))
    assert entities
    missing = [name for name in entities if not (FOLDERS / source / f"int_{source}__{name}.sql").exists()]
    assert missing == []


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_reads_no_other_source(source: str) -> None:
    others = "|".join(name for name in SOURCES if name != source)
    read = {
        path.name: re.findall(rf"(?:stg|int)_(?:{others})__\w+", path.read_text(encoding="utf-8"))
        for path in (FOLDERS / source).glob("*.sql")
    }
    assert {name: found for name, found in read.items() if found} == {}
