"""The fixture of ingest's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from landing_zone import LandingZone


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[LandingZone]:
    made = LandingZone(tmp_path)
    yield made
    made.close()
