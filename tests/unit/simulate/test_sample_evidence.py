"""The true source of every opportunity can be found in the exported files by the rules of METRICS.md section 3 alone.

The query (`evidence.sql`) is this test's own, written against the files and the seeds, so that it checks the simulator
and nothing of the project's models.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.settings import PROJECT_ROOT

_EVIDENCE = Path(__file__).with_name("evidence.sql")


@pytest.fixture(scope="module")
def found(sample: Path) -> list[tuple[str, str, str, int]]:
    landing = sample / "landing"
    places = {
        "l": landing / "salesforce",
        "g": landing / "generic",
        "truth": sample / "truth",
        "seeds": PROJECT_ROOT / "seeds",
    }
    with duckdb.connect() as connection:
        return connection.execute(_EVIDENCE.read_text().format(**places)).fetchall()


def test_evidence_gives_the_true_source(found: list[tuple[str, str, str, int]]) -> None:
    parents = {"product_led": "marketing_inbound"}
    wrong = [row for row in found if row[1] == "true" and parents.get(row[0], row[0]) != row[2]]
    assert not wrong
    assert sum(row[3] for row in found) == 600


def test_what_has_no_evidence_shows_none(found: list[tuple[str, str, str, int]]) -> None:
    without = [row for row in found if row[1] == "false"]
    assert {row[0] for row in without} == {"outbound_ae", "outbound_sdr"}
    assert {row[2] for row in without} == {"none"}
