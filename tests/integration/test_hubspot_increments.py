"""HubSpot day by day against one full build of the same extracts, by content hash, with mergers and deletions among them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from dagster_project.lib import warehouse
from dagster_project.lib.settings import Settings
from dagster_project.simulate import Options, Rates, simulate
from tests.integration.test_increments import build, mart_hashes
from tests.parsed_project import SEEDS, reuse_parse

RATES = Rates().with_changes({"merged_deals": 0.15, "merged_accounts": 0.1, "merged_leads": 0.1, "deleted": 0.05})
OPTIONS = Options(
    opportunities=100, quarters=4, rates=RATES, dirt=0.0, daily_days=40, systems=("hubspot", "generic"), format="csv"
)
# What increments are kept of, and what hangs on mergers; views and statistics of the company would only cost time.
SELECTED = ("+int_stage_visits", "+int_opportunity_sources", "+int_opportunity_touches", "+int_company_outcomes")


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect(settings, read_only=True) as connection:
        return connection.execute(query).fetchall()


def days_of(landing: Path) -> list[str]:
    return sorted({path.name[:10] for path in landing.rglob("*") if path.is_file()})


def add_days(settings: Settings, landing: Path, days: Iterable[str]) -> None:
    wanted = set(days)
    for path in landing.rglob("*"):
        if path.is_file() and path.name[:10] in wanted:
            target = settings.landing / path.relative_to(landing)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hubspot") / "landing"
    simulate(OPTIONS, folder)
    return folder


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, landing: Path, parsed_project: Path) -> Settings:
    """The first extract, then forty days at once."""
    home = tmp_path_factory.mktemp("grown")
    settings = Settings(home=home / "var", landing=home / "landing", mappings=None, seeds=SEEDS)
    reuse_parse(parsed_project, settings)
    days = days_of(landing)
    for number, part in enumerate((days[:1], days[1:])):
        add_days(settings, landing, part)
        was_full = build(settings, "--select", *SELECTED)
        assert was_full == (number == 0)
    return settings


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory, landing: Path, parsed_project: Path) -> Settings:
    home = tmp_path_factory.mktemp("rebuilt")
    settings = Settings(home=home / "var", landing=home / "landing", mappings=None, seeds=SEEDS)
    reuse_parse(parsed_project, settings)
    add_days(settings, landing, days_of(landing))
    assert build(settings, "--select", *SELECTED)
    return settings


def test_increments_equal_one_full_build(grown: Settings, rebuilt: Settings) -> None:
    incremental, full = mart_hashes(grown), mart_hashes(rebuilt)
    assert len(full) > 20
    assert {name for name in full if incremental.get(name) != full[name]} == set()
    assert incremental.keys() == full.keys()


def test_a_merged_deal_is_told_from_a_deleted_one(rebuilt: Settings) -> None:
    merged, deleted = rows(
        rebuilt,
        "select merged_into_id is not null, count(*) from intermediate.int_opportunities"
        " where deleted_at is not null group by 1 order by 1 desc",
    )
    assert merged[0] and merged[1] > 3
    assert not deleted[0] and deleted[1] > 0
    assert rows(
        rebuilt,
        "select count(*) from intermediate.int_opportunities as gone"
        " inner join intermediate.int_opportunities as kept on gone.merged_into_id = kept.opportunity_id"
        " where gone.merged_at is distinct from gone.deleted_at or kept.merged_into_id is not null",
    ) == [(0,)]


def test_win_rates_leave_merged_deals_out(rebuilt: Settings) -> None:
    merged = (
        "select opportunity_id from intermediate.int_opportunities"
        " where merged_into_id is not null and pipeline_at is not null"
    )
    assert rows(rebuilt, f"select count(*) > 3 from ({merged})") == [(True,)]
    counted = rows(rebuilt, f"select * from intermediate.int_company_outcomes where opportunity_id in ({merged})")
    assert counted == []
    assert rows(rebuilt, "select count(*) > 10 from intermediate.int_company_outcomes") == [(True,)]


def test_nothing_hangs_on_a_merged_account(rebuilt: Settings) -> None:
    merged = "select record_id from intermediate.int_record_merges where record_kind = 'account'"
    assert rows(rebuilt, f"select count(*) > 3 from ({merged})") == [(True,)]
    for table in ("int_opportunities", "int_contacts", "int_activities", "int_opportunity_links"):
        found = rows(rebuilt, f"select count(*) from intermediate.{table} where account_id in ({merged})")
        assert found == [(0,)], table
