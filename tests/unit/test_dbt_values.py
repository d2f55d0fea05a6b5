"""Macros of dbt that read values as ingest does: the two are held together here."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
import yaml
from jinja2 import Environment

from dagster_project.lib.contracts.model import EARLIEST_DATE
from dagster_project.lib.ingest import words
from dagster_project.lib.settings import PROJECT_ROOT

MACROS = (PROJECT_ROOT / "dbt" / "macros" / "ids.sql").read_text(encoding="utf-8")
TEXTS = (
    *(
        "0065e00000FifTn",
        "0065e00000FifTnAAJ",
        "006123012345678",
        "7015e00000abCDe",
        "501.0",
        "501.00",
        "501.5",
        "v1.0",
    ),
    *("Ada Example", "", "null", " None ", "N/A", "NaN", "\\N", "nonesuch", "K1"),
)


def render(call: str) -> str:
    """The SQL of a macro of ids.sql, with DuckDB's regular expressions."""
    source = (
        MACROS + "{%- macro matches_pattern(text, pattern) -%}regexp_matches({{ text }}, {{ pattern }}){%- endmacro -%}"
    )
    return Environment().from_string(source + "{{ " + call + " }}").render()


@pytest.mark.parametrize("text", TEXTS)
def test_ids_and_words_are_read_alike_by_dbt_and_ingest(text: str) -> None:
    for call, expression in (("one_id('t')", words.identifier("t")), ("without_null_words('t')", words.given("t"))):
        row = duckdb.execute(f"select {render(call)}, {expression} from (select ?::varchar as t)", [text]).fetchone()
        assert row is not None
        assert row[0] == row[1]


def test_the_earliest_date_is_one() -> None:
    project = yaml.safe_load(Path(PROJECT_ROOT, "dbt", "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["vars"]["earliest_date"] == EARLIEST_DATE.isoformat()


def test_staging_reads_every_day_and_instant_as_it_was_told() -> None:
    """A bare date or timestamp column in staging would be a day off in some zone."""
    for path in (PROJECT_ROOT / "dagster_project" / "sources").glob("*.yml"):
        contract = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, described in contract["objects"].items():
            model = (
                PROJECT_ROOT
                / "dbt"
                / "models"
                / "staging"
                / path.stem
                / f"stg_{path.stem}__{described.get('table', name)}.sql"
            )
            if not model.exists():
                continue
            text = model.read_text(encoding="utf-8")
            for column, kind in described["columns"].items():
                if kind["type"] in ("date", "timestamp"):
                    bare = re.search(rf"^\s+{column}( as \w+)?,$", text, flags=re.MULTILINE)
                    assert bare is None, f"{model.name}: {column}"
