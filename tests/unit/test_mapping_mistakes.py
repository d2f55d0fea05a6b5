"""All mistakes of all mappings are told at once, each with its line, and none that only follows from another."""

from __future__ import annotations

from pathlib import Path

from dagster_project.lib.contracts import mapping_mistakes
from dagster_project.lib.settings import PROJECT_ROOT, Settings

DEALS = """\
source: crm
extends: generic
owner: ops
extract_time: {column: taken}
feeds:
  - file: deals*.csv
    object: oportunities
    columns: {opportunity_id: id}
  - file: ../deals.csv
    object: opportunities
    csv: {delimiter: ";;"}
    colums: {}
    columns:
      opportunity_id: id
      amuont: value
      created_at: made
      close_date: ""
    formats:
      created_at: "%Q"
      close_date: "%d.%m.%Y"
      stage: "%d.%m.%Y"
  - file: people.csv
    object: users
    columns: {full_name: name}
"""


def mistakes(folder: Path, **files: str) -> list[str]:
    mappings = folder / "mappings"
    mappings.mkdir(exist_ok=True)
    for name, text in files.items():
        (mappings / f"{name}.yml").write_text(text, encoding="utf-8")
    return mapping_mistakes(Settings(folder / "home", folder / "landing", mappings, PROJECT_ROOT / "seeds"))


def test_every_mistake_of_a_mapping_is_told_with_its_line(tmp_path: Path) -> None:
    found = mistakes(tmp_path, crm=DEALS)
    places = {(line.split(" = ")[0], line.split("(line ")[1].split(")")[0]) for line in found}
    assert places >= {
        ("crm.yml: feeds[0].object", "7"),
        ("crm.yml: feeds[1].file", "9"),
        ("crm.yml: feeds[1].csv.delimiter", "11"),
        ("crm.yml: feeds[1].colums", "12"),
        ("crm.yml: feeds[1].columns.amuont", "15"),
        ("crm.yml: feeds[1].columns.close_date", "17"),
        ("crm.yml: feeds[1].formats.created_at", "19"),
        ("crm.yml: feeds[1].formats.stage", "21"),
        ("crm.yml: feeds[2].columns", "24"),
    }
    assert not [line for line in found if "formats.close_date" in line]
    assert all("\n" not in line for line in found)
    assert len(found) == len(set(found))


def test_a_file_that_is_no_mapping_hides_no_other_files_mistakes(tmp_path: Path) -> None:
    found = mistakes(tmp_path, a="source: [\n", b="- x\n", c="extends: generic\n", d="source: d\nextends: generik\n")
    assert [line.split(":")[0] for line in found] == ["a.yml", "b.yml", "c.yml", "d.yml"]
    assert "not valid YAML" in found[0]
    assert "not a mapping" in found[1]
    assert "'source' is missing" in found[2]
    assert "'generik' (line 2)" in found[3]


def test_two_mappings_of_one_name_are_told_once(tmp_path: Path) -> None:
    same = "source: crm\nextends: generic\n"
    found = mistakes(tmp_path, a=same, b=same)
    assert [line for line in found if "a.yml has the same name" in line] == found
    assert len(found) == 1


def test_mappings_that_can_be_used_have_none(tmp_path: Path) -> None:
    assert mistakes(tmp_path) == []
    assert mistakes(tmp_path, crm="source: crm\nextends: generic\n") == []


def test_a_mappings_folder_that_does_not_exist_is_a_mistake(tmp_path: Path) -> None:
    gone = Settings(tmp_path / "home", tmp_path / "landing", tmp_path / "gone", PROJECT_ROOT / "seeds")
    assert [line.split(": ")[1] for line in mapping_mistakes(gone)] == [
        "the mappings folder doesn't exist. Correct PLUMBLINE_MAPPINGS or make the folder."
    ]
