"""What a run says about its surroundings: sources gone silent, settings that changed, the sample's own files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dagster_project.lib.contracts import load_sources
from dagster_project.lib.sample_use import is_sample, note_sample
from dagster_project.lib.settings import SAMPLE_SEEDS, Settings
from dagster_project.lib.settings_changes import changes_since, written_files
from dagster_project.lib.silence import keep_last_files

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    seeds, mappings = tmp_path / "rules", tmp_path / "mappings"
    for folder in (seeds, mappings, tmp_path / "landing"):
        folder.mkdir()
    (seeds / "roles.csv").write_text("raw_role\nBoss\n", encoding="utf-8")
    return Settings(tmp_path / "home", tmp_path / "landing", mappings, seeds)


@pytest.mark.parametrize(("days", "is_late"), [(0.5, False), (2, False), (2.01, True), (40, True)])
def test_a_source_is_late_by_the_clock_of_the_run(settings: Settings, days: float, is_late: bool) -> None:
    (settings.mappings or Path()).joinpath("crm.yml").write_text(
        "source: crm\nextends: generic\nfreshness_days: 2\n", encoding="utf-8"
    )
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.plumbline_files (source_name varchar, status varchar, loaded_at timestamp)"
        )
        connection.execute(
            "create table raw.plumbline_last_files "
            "(source_name varchar, last_file_at timestamp, run_at timestamp, freshness_days bigint)"
        )
        connection.execute(
            "insert into raw.plumbline_files values ('crm', 'loaded', timestamp '2026-01-01'), "
            "('crm', 'loaded', ? - to_seconds(?)), ('crm', 'refused', timestamp '2026-03-31'), "
            "('unlimited', 'loaded', timestamp '2000-01-01')",
            [NOW, days * 86400],
        )
        found = {last.source: last for last in keep_last_files(connection, load_sources(settings), NOW)}
        kept = connection.execute("select * from raw.plumbline_last_files order by source_name").fetchall()
    assert kept[0] == ("crm", NOW - timedelta(days=days), NOW, 2)
    assert kept[1][0::3] == ("unlimited", None)
    assert found["crm"].is_late is is_late
    assert found["crm"].days == pytest.approx(days)
    assert not found["unlimited"].is_late
    assert f"no new file for {days:.1f} days" in found["crm"].sentence


def test_what_changed_since_a_publish_is_named(settings: Settings) -> None:
    before = {"settings": {"reporting_currency": "USD", "yield_quarters": 4}, "files": written_files(settings)}
    assert changes_since(before, settings, written_files(settings)) == []
    (settings.seeds / "roles.csv").write_text("raw_role\nChief\n", encoding="utf-8")
    (settings.seeds / "quotas.csv").write_text("user_id\n", encoding="utf-8")
    now = replace(settings, asked_vars=(("reporting_currency", "EUR"),))
    assert changes_since(before, now, written_files(now)) == [
        'reporting_currency: "USD" is now "EUR"',
        "seeds/quotas.csv: new",
        "seeds/roles.csv: changed",
    ]
    gone = {**before, "files": {**before["files"], "mappings/old.yml": "x"}}
    assert "mappings/old.yml: removed" in changes_since(gone, now, written_files(now))
    assert changes_since({"settings": {}}, now, written_files(now)) == []


def test_the_sample_is_known_as_long_as_nothing_else_lies_beside_it(settings: Settings) -> None:
    assert not is_sample(settings)
    (settings.landing / "generic").mkdir()
    (settings.landing / "generic" / "a.csv").write_text("x\n", encoding="utf-8")
    note_sample(settings)
    assert is_sample(settings)
    (settings.landing / "notes.txt").write_text("not an extract", encoding="utf-8")
    assert is_sample(settings)
    (settings.landing / "generic" / "b.csv").write_text("x\n", encoding="utf-8")
    assert not is_sample(settings)


def test_seeds_of_another_folder_are_the_companys_own(settings: Settings) -> None:
    assert settings.owns_seeds
    assert not replace(settings, seeds=SAMPLE_SEEDS).owns_seeds
    assert not Settings.from_env({}).owns_seeds
