"""The fixture of check's tests: a landing folder, mappings and a warehouse of one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.ingest.landing_zone import LandingZone


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[LandingZone]:
    made = LandingZone(tmp_path)
    yield made
    made.close()
