"""Sample companies that several tests look at, built once: in memory, and as files read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from pattern_rules import Rules
from sample_files import Landing, read_landing

from dagster_project.simulate import Options, simulate
from dagster_project.simulate.world.build import World, build_world


@pytest.fixture(scope="session")
def world() -> World:
    """The sample that `make run` uses."""
    return build_world(Options())


@pytest.fixture(scope="session")
def company() -> World:
    """A company large enough for every pattern to be found by rule."""
    return build_world(Options(opportunities=4_000))


@pytest.fixture(scope="session")
def rules(company: World) -> Rules:
    """What `patterns.sql` finds in it."""
    return Rules(company)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with `landing` and `truth` of the sample without unusable rows."""
    home = tmp_path_factory.mktemp("sample")
    simulate(Options(dirt=0), home / "landing")
    return home


@pytest.fixture(scope="session")
def landing(sample: Path) -> Landing:
    return read_landing(sample / "landing")
