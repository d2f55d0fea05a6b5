"""Daily increments against full builds of the same extracts, table by table, by content hash.

A difference names the day and the table. Intermediate tables are compared too: marts hold no state of their own.
`make soak` lets the company grow for longer than the tests do.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dagster_project.lib import ingest, warehouse
from dagster_project.lib.build_record import finish_build, start_build
from dagster_project.lib.content_hash import table_content_hash
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.dbt_build import plan_build, read_as_of
from dagster_project.lib.dbt_process import DbtRun, environment
from dagster_project.lib.settings import Settings
from tests.integration.conftest import DAYS
from tests.parsed_project import SEEDS, reuse_parse

COMPARED_EVERY = 10  # days; the last day is always compared
# Models that keep what they held, with all that they read, and the run settings, which say what day it is.
STATEFUL = ("+config.materialized:incremental", "+int_run_settings")
LOG = logging.getLogger(__name__)


def extract_days(landing: Path) -> list[str]:
    return sorted({_day(path) for path in _files(landing)})


def load(settings: Settings) -> None:
    sources = load_sources(settings)
    with warehouse.connect(settings) as connection:
        ingest.prepare_raw(connection, sources)
        sequence = ingest.next_load_sequence(connection)
        for source in sources:
            for item in source.objects:
                ingest.load_object(connection, settings, sources, source.name, item.name, sequence)


def build(settings: Settings, *selected: str) -> bool:
    """Load what is in the landing folder and build models without their tests; True where it was a full refresh."""
    load(settings)
    plan = plan_build(settings)
    started = start_build(settings, "test", plan.config_hash)
    full_refresh = ["--full-refresh"] if plan.full_refresh else []
    if plan.full_refresh:
        DbtRun(["seed", "--full-refresh"], environment(settings, settings.dbt_target_path)).wait()
    DbtRun(["run", *full_refresh, *selected], environment(settings, settings.dbt_target_path)).wait()
    finish_build(settings, started, plan.load_sequence, read_as_of(settings))
    return plan.full_refresh


def mart_hashes(settings: Settings) -> dict[str, str]:
    """Content hash of every mart and intermediate table of the warehouse that promises one: not of those that say what changed
    since the last build."""
    left_out = {"int_changed_opportunities", "int_changed_records", "int_stage_sightings", "int_changed_stages"}
    with warehouse.connect(settings, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where schema_name not in ('raw', 'seeds', 'test_failures', 'ops', 'main')"
        ).fetchall()
        return {
            f"{schema}.{table}": table_content_hash(
                connection,
                f'"{schema}"."{table}"',
                connection.execute(
                    "select column_name, data_type from duckdb_columns()"
                    " where schema_name = ? and table_name = ? and column_name <> 'known_load_sequence'"
                    " order by column_index",
                    [schema, table],
                ).fetchall(),
            )
            for schema, table in tables
            if table not in left_out
        }


@dataclass
class Growth:
    """A home that took its extracts day by day, and the tables in which it differed from a full build, by day."""

    settings: Settings
    differences: dict[int, set[str]] = field(default_factory=dict)


def deliver(growing_company: Path, landing: Path, days: Iterable[str]) -> None:
    """Copy the extracts of some days into a landing folder."""
    wanted = set(days)
    for path in _files(growing_company):
        if _day(path) in wanted:
            target = landing / path.relative_to(growing_company)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def differing(incremental: Settings, full: Settings) -> set[str]:
    """Tables that one of two homes lacks, or whose content hashes differ."""
    found, expected = mart_hashes(incremental), mart_hashes(full)
    return {name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)}


class TestIncrements:
    """Daily increments against full builds, and a deletion after them."""

    @pytest.fixture(scope="class")
    def new_home(self, tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Callable[[], Settings]:
        def make() -> Settings:
            home = tmp_path_factory.mktemp("home")
            settings = Settings(home=home / "var", landing=home / "landing", mappings=None, seeds=SEEDS)
            reuse_parse(parsed_project, settings)
            return settings

        return make

    @pytest.fixture(scope="class")
    def growth(self, growing_company: Path, new_home: Callable[[], Settings]) -> Growth:
        growth = Growth(new_home())
        days = extract_days(growing_company)
        for number, day in enumerate(days):
            deliver(growing_company, growth.settings.landing, [day])
            # All other tables hold no state of their own: they are made from these where they are compared.
            is_compared = number == DAYS or (number > 0 and number % COMPARED_EVERY == 0)
            was_full = build(growth.settings, *([] if is_compared else ["--select", *STATEFUL]))
            assert was_full == (number == 0)
            if is_compared and number < DAYS:
                rebuilt = new_home()
                deliver(growing_company, rebuilt.landing, days[: number + 1])
                assert build(rebuilt)
                growth.differences[number] = differing(growth.settings, rebuilt)
                LOG.info("Day %d of %d, %s: tables that differ: %s", number, DAYS, day, growth.differences[number])
                shutil.rmtree(rebuilt.home)
        return growth

    @pytest.fixture(scope="class")
    def grown(self, growth: Growth) -> Settings:
        return growth.settings

    @pytest.fixture(scope="class")
    def rebuilt(self, growing_company: Path, new_home: Callable[[], Settings]) -> Settings:
        settings = new_home()
        shutil.copytree(growing_company, settings.landing)
        assert build(settings)
        return settings

    def test_daily_increments_equal_full_builds(self, growth: Growth, rebuilt: Settings) -> None:
        assert len(extract_days(rebuilt.landing)) == DAYS + 1
        growth.differences[DAYS] = differing(growth.settings, rebuilt)
        expected_days = {*range(COMPARED_EVERY, DAYS, COMPARED_EVERY), DAYS}
        assert growth.differences == {day: set() for day in expected_days}
        schemas = {name.split(".")[0] for name in mart_hashes(rebuilt)}
        assert schemas >= {"core", "stage_transitions", "attribution", "coverage", "governance", "intermediate"}

    def test_an_increment_computes_only_what_its_records_reach(self, grown: Settings) -> None:
        with warehouse.connect(grown, read_only=True) as connection:
            rows = connection.execute(
                "select (select count(*) from intermediate.int_changed_opportunities),"
                " (select count(*) from intermediate.int_opportunities)"
            ).fetchall()
        changed, total = rows[0]
        assert 0 < changed < total / 2

    def test_a_deleted_opportunity_leaves_every_mart(self, grown: Settings, rebuilt: Settings) -> None:
        with warehouse.connect(rebuilt, read_only=True) as connection:
            rows = connection.execute(
                "select opportunity_id from core.dim_opportunities where is_open and amount > 0 order by 1 limit 1"
            ).fetchall()
        victim = rows[0][0]
        for settings in (grown, rebuilt):
            assert _marts_with(settings, victim)
        for settings in (grown, rebuilt):
            _write_deletion(settings.landing, victim)
        assert not build(grown)
        assert _marts_with(grown, victim) == []
        build(rebuilt)
        assert _marts_with(rebuilt, victim) == []
        assert mart_hashes(grown) == mart_hashes(rebuilt)


def _write_deletion(landing: Path, opportunity_id: str) -> None:
    """A later extract in which the opportunity is flagged as deleted, as Salesforce exports it."""
    path = landing / "salesforce" / "Opportunity" / "2026-04-02T235959Z.csv"
    path.write_text(
        f"Id,StageName,SystemModstamp,IsDeleted\n{opportunity_id},,2026-04-02T10:00:00.000Z,true\n", encoding="utf-8"
    )


def _marts_with(settings: Settings, opportunity_id: str) -> list[str]:
    with warehouse.connect(settings, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_columns() where column_name = 'opportunity_id'"
            " and schema_name in ('core', 'stage_transitions', 'attribution', 'coverage', 'governance')"
        ).fetchall()
        return [
            f"{schema}.{table}"
            for schema, table in tables
            if connection.execute(
                f"select count(*) from {schema}.{table} where opportunity_id = ?", [opportunity_id]
            ).fetchall()
            != [(0,)]
        ]


def _files(landing: Path) -> list[Path]:
    return sorted(path for path in landing.rglob("*") if path.is_file())


def _day(path: Path) -> str:
    match = re.search(r"\d{4}-\d{2}-\d{2}", path.name)
    assert match is not None
    return match.group()
