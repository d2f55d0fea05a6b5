"""A first mapping as text: globs of dated files, names that YAML would misread, marks of numbers and encodings."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dagster_project.lib.contracts import load_sources
from dagster_project.lib.first_rules.guess import GuessedFeed, guess_feed
from dagster_project.lib.first_rules.mapping_text import FirstFeed, glob_of, mapping_text, scalar
from dagster_project.lib.first_rules.samples import Sample, take_sample
from dagster_project.lib.ingest.discovery import LandingFile
from dagster_project.lib.settings import Settings

EXCEL = "Nummer;Deal ID;Phase;Value;Created\n1;D1;Angebot;1.234,50 €;31.03.2026\n2;D2;Verloren;12,00 €;01.04.2026\n"


def guess(folder: Path, text: bytes, name: str = "deals.csv") -> GuessedFeed:
    (folder / name).write_bytes(text)
    sample = take_sample(LandingFile(folder / name, name))
    assert isinstance(sample, Sample)
    sources = load_sources(Settings(folder, folder, None, folder))
    generic = next(source for source in sources if source.name == "generic")
    found = guess_feed(sample, generic.objects)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("shown", "glob"),
    [
        ("deals.csv", "deals.csv"),
        ("crm/deals-2026-03-31.csv", "crm/deals-*.csv"),
        ("crm/20260331_deals.csv.gz", "crm/*_deals.csv.gz"),
        ("crm/deals_2026-03-31T235959Z.csv", "crm/deals_*.csv"),
        ("a [b]/what?.csv", "a [[]b]/what[?].csv"),
    ],
)
def test_globs(shown: str, glob: str) -> None:
    assert glob_of(shown) == glob


@pytest.mark.parametrize("text", ["Deal ID", "yes", "Null", "a: b", "# x", "Größe", "1", "-", "{a}", 'say "so"', "x "])
def test_texts_come_back_as_they_were(text: str) -> None:
    assert str(yaml.safe_load(f"a: {scalar(text)}")["a"]) == text


def test_a_file_of_a_european_excel(tmp_path: Path) -> None:
    found = guess(tmp_path, EXCEL.encode("cp1252"))
    text = mapping_text("crm", [FirstFeed("deals.csv", found)], is_dated=False)
    for line in (
        '    csv: {delimiter: ";", encoding: "cp1252"}  # guessed',
        '    numbers: {decimal: ",", group: ".", currency: true}  # guessed',
        '      created_at: "%d.%m.%Y"  # guessed',
        "    # Kept and mapped to nothing: Nummer",
    ):
        assert line in text
    assert yaml.safe_load(text)["feeds"][0]["columns"] == {
        "opportunity_id": "Deal ID",
        "stage": "Phase",
        "amount": "Value",
        "created_at": "Created",
    }


def test_rows_without_an_id_get_one_of_columns_that_stay(tmp_path: Path) -> None:
    header = b"Deal name,Company,Status,Value\n"
    by_two = guess(tmp_path, header + b"Renewal,Acme,Open,5\nRenewal,Beta,Won,6\nNew,Acme,Open,7\n")
    assert by_two.key == ("Deal name", "Company")
    text = mapping_text("crm", [FirstFeed("deals.csv", by_two)], is_dated=False)
    assert "    key: [Deal name, Company]  # guessed: no column is an id" in text
    by_content = guess(tmp_path, header + b"Renewal,Acme,Open,5\nRenewal,Acme,Won,6\n")
    assert by_content.key == ()
    assert "    key: content  # guessed" in mapping_text("crm", [FirstFeed("deals.csv", by_content)], is_dated=False)
