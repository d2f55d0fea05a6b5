"""The fixture of these tests: a landing folder of one test, and the project's seeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_project.lib.settings import PROJECT_ROOT
from tests.unit.ingest.landing_zone import LandingZone


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[LandingZone]:
    made = LandingZone(tmp_path)
    made.settings = replace(made.settings, mappings=None, seeds=PROJECT_ROOT / "seeds")
    yield made
    made.close()
