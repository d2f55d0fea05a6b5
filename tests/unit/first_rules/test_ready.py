"""Files that have the columns of a ready mapping get that mapping, and no other file does."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.lib.contracts import CsvOptions
from dagster_project.lib.first_rules.mapping_text import ready_text
from dagster_project.lib.first_rules.ready import ReadyFit, ready_for
from dagster_project.lib.first_rules.samples import Sample, take_sample
from dagster_project.lib.ingest.content import csv_shape
from dagster_project.lib.ingest.discovery import LandingFile

READY = """
source: report
extends: generic
landing: report
feeds:
  - file: "*"
    object: opportunities
    columns: {opportunity_id: [Opportunity ID, Case Safe ID], stage: Stage, amount: Amount, close_date: Close Date,
      owner_id: [Owner ID, Opportunity Owner], created_at: Created Date}
"""
OTHER = READY.replace("close_date: Close Date,", "").replace("report", "thinner")


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    folder = tmp_path / "ready"
    folder.mkdir()
    (folder / "report.yml").write_text(READY, encoding="utf-8")
    (folder / "thinner.yml").write_text(OTHER, encoding="utf-8")
    return folder


def sample(folder: Path, text: bytes, name: str = "report.csv") -> Sample:
    path = folder / name
    path.write_bytes(text)
    found = take_sample(LandingFile(path, name))
    assert found is not None
    return found


def test_the_ready_mapping_that_knows_most_columns(tmp_path: Path, ready: Path) -> None:
    header = b"Opportunity ID,Stage,Amount,Close Date,Opportunity Owner,Created Date,Region\n"
    report = sample(tmp_path, header + b"1,New,5,3/31/2026,Ada,1/1/2026,x\n")
    assert ready_for([report], ready) == ReadyFit("report", 6, 7)
    assert "extends: report  # guessed\nlanding: exports\n" in ready_text("crm", "report", "exports")


def test_all_files_must_fit_and_have_the_id(tmp_path: Path, ready: Path) -> None:
    report = sample(tmp_path, b"Case Safe ID,Stage,Amount,Close Date,Owner ID\n1,New,5,3/31/2026,Ada\n")
    without_id = sample(tmp_path, b"Stage,Amount,Close Date,Owner ID,Created Date\nNew,5,a,b,c\n", "b.csv")
    strange = sample(tmp_path, b"Opportunity ID,Colour,Hue,Shade,Stage\n1,2,3,4,5\n", "c.csv")
    assert ready_for([report], ready) == ReadyFit("report", 5, 5)
    assert ready_for([report, without_id], ready) is None
    assert ready_for([strange], ready) is None
    assert ready_for([], ready) is None
    assert ready_for([report], tmp_path / "none") is None


def test_samples_say_how_a_file_is_written(tmp_path: Path) -> None:
    excel = sample(tmp_path, "Id;Größe;Wert\n1;klein;1.234,50\n2;groß;12\n".encode("cp1252"), "excel.csv")
    assert (excel.delimiter, excel.encoding, excel.columns) == (";", "cp1252", ("Id", "Größe", "Wert"))
    plain = sample(tmp_path, b"\xef\xbb\xbfId,Name\n1,a\n", "plain.csv")
    assert (plain.delimiter, plain.encoding, plain.columns) == (None, None, ("Id", "Name"))
    assert csv_shape(plain.file, CsvOptions()).columns == plain.columns
    lines = sample(tmp_path, b'{"id": 1, "won": true, "tags": ["a"]}\nnot json\n{"id": 2}\n', "lines.jsonl")
    assert lines.columns == ("id", "won", "tags")
    assert lines.values == [["1", "true", '["a"]'], ["2", "", ""]]


@pytest.mark.parametrize("text", [b"", b"PK\x03\x04", b"a,a\n1,2\n"])
def test_what_is_no_table_has_no_sample(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(text)
    assert take_sample(LandingFile(tmp_path / "x.csv", "x.csv")) is None
