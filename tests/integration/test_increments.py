"""Daily increments against one full build of the same extracts, table by table, by content hash.

A difference names the table. Intermediate tables are compared too: marts hold no state of their own.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dagster_project.lib import ingest, warehouse
from dagster_project.lib.build_record import finish_build, start_build
from dagster_project.lib.content_hash import table_content_hash
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.dbt_build import plan_build, read_as_of
from dagster_project.lib.dbt_process import DbtRun, environment
from dagster_project.lib.settings import Settings
from tests.conftest import SEEDS, reuse_parse
from tests.integration.conftest import DAYS


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
    """Content hash of every mart and intermediate table of the warehouse that promises one."""
    left_out = {"int_changed_opportunities", "int_changed_records"}
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


class TestIncrements:
    """Ten daily increments against one full build, and a deletion among them."""

    @pytest.fixture(scope="class")
    def grown(self, tmp_path_factory: pytest.TempPathFactory, growing_company: Path, parsed_project: Path) -> Settings:
        home = tmp_path_factory.mktemp("grown")
        settings = Settings(home=home / "var", landing=home / "landing", mappings=None, seeds=SEEDS)
        reuse_parse(parsed_project, settings)
        for number, day in enumerate(extract_days(growing_company)):
            for path in _files(growing_company):
                if _day(path) == day:
                    target = settings.landing / path.relative_to(growing_company)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target)
            # Marts hold no state of their own: they are computed from the intermediate layer after the last day.
            is_last = number == DAYS
            was_full = build(settings, *([] if is_last else ["--exclude", "path:models/marts"]))
            assert was_full == (number == 0)
        return settings

    @pytest.fixture(scope="class")
    def rebuilt(
        self, tmp_path_factory: pytest.TempPathFactory, growing_company: Path, parsed_project: Path
    ) -> Settings:
        home = tmp_path_factory.mktemp("rebuilt")
        settings = Settings(home=home / "var", landing=home / "landing", mappings=None, seeds=SEEDS)
        reuse_parse(parsed_project, settings)
        shutil.copytree(growing_company, settings.landing)
        assert build(settings)
        return settings

    def test_ten_daily_increments_equal_one_full_build(self, grown: Settings, rebuilt: Settings) -> None:
        assert len(extract_days(rebuilt.landing)) == DAYS + 1
        incremental, full = mart_hashes(grown), mart_hashes(rebuilt)
        assert {name for name in full if incremental.get(name) != full[name]} == set()
        assert incremental.keys() == full.keys()

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
