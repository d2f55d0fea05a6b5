"""Habits of exports: which extract holds what, in which files, and what of it can't be used."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow.parquet as pq
import pytest
from sample_files import Row, read_file

from dagster_project.lib import warehouse
from dagster_project.lib.contracts import load_sources
from dagster_project.lib.ingest import load_object, next_load_sequence, prepare_raw
from dagster_project.lib.settings import Settings
from dagster_project.simulate import Options, Rates, build_tables, simulate
from dagster_project.simulate.command import main
from dagster_project.simulate.export.deliveries import deliveries
from dagster_project.simulate.export.dirt import DEFECTS
from dagster_project.simulate.export.extracts import extracts
from dagster_project.simulate.export.files import Files
from dagster_project.simulate.export.landing import Landing
from dagster_project.simulate.options import Format
from dagster_project.simulate.records.salesforce_people import build_ids
from dagster_project.simulate.world import build
from dagster_project.simulate.world.build import build_worlds

_SMALL = Options(opportunities=60, quarters=1, dirt=0)
_KEYS = {"costs": ("cost_id",), "user_history": ("user_id", "valid_from")}
_INSTANTS = ("SystemModstamp", "modified_at", "CreatedDate")
_HABITS = {"resent": 0.3, "overlap_days": 2, "late": 0.2, "shuffled": True}


def _files(landing: Path, name: str) -> list[Path]:
    return sorted(landing.glob(f"*/{name}/*"))


def _key(name: str, row: Row) -> tuple[str, ...]:
    return tuple(row[column] for column in _KEYS.get(name, ("Id",)))


def _instant(row: Row) -> str:
    return next((row[name] for name in _INSTANTS if name in row), "")


def _current(landing: Path) -> dict[str, dict[tuple[str, ...], Row]]:
    """Newest version of each record over all files; of equally old ones the last to arrive."""
    found: dict[str, dict[tuple[str, ...], Row]] = {}
    for folder in sorted(landing.glob("*/*")):
        newest = found.setdefault(folder.name, {})
        for path in sorted(folder.iterdir()):
            for row in read_file(path):
                known = newest.get(_key(folder.name, row))
                if known is None or _instant(row) >= _instant(known):
                    newest[_key(folder.name, row)] = row
    return found


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bulk") / "landing"
    simulate(_SMALL, out)
    return out


@pytest.mark.parametrize("habits", [{}, {"late": 0.3}, {"overlap_days": 3}, _HABITS], ids=str)
def test_whatever_the_habits_all_newest_versions_arrive(habits: dict[str, float], bulk: Path, tmp_path: Path) -> None:
    simulate(replace(_SMALL, layout="daily", **habits), tmp_path / "landing")
    assert _current(tmp_path / "landing") == _current(bulk)


@pytest.mark.parametrize("systems", [("hubspot", "marketo", "generic"), ("generic",)])
def test_newest_versions_arrive_last_from_every_system(systems: tuple[str, ...]) -> None:
    options = replace(_SMALL, layout="daily", overlap_days=1, late=0.3, shuffled=True, systems=systems)
    (world,) = build_worlds(options)
    plan = extracts(options, world.timeline)
    for table in build_tables(world, build_ids(world)):
        extract, row = deliveries(options, table, plan, 0)
        assert len(np.unique(np.stack([extract, table.key[row]]), axis=1).T) == len(row)
        told = [column.values for column in table.columns.values() if column.kind == "instant"]
        is_told = any(np.array_equal(values, table.modified) for values in told)
        order = np.lexsort((extract, table.modified[row]) if is_told else (table.modified[row], extract))
        last = {int(table.key[one]): int(one) for one in row[order]}
        newest = table.newest(0, world.timeline.end)
        assert last == dict(zip(table.key[newest].tolist(), newest.tolist(), strict=True)), table.path


@pytest.mark.parametrize("suffix", get_args(Format))
def test_equal_options_give_equal_bytes_in_every_format(suffix: Format, tmp_path: Path) -> None:
    options = replace(Options(opportunities=20, quarters=1), format=suffix, daily_days=9, dirt=0.05, **_HABITS)
    simulate(options, tmp_path / "one" / "landing")
    simulate(options, tmp_path / "two" / "landing")
    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")
    if suffix != "mixed":
        assert {path.name.partition(".")[2] for path in (tmp_path / "one" / "landing").rglob("*.*")} == {suffix}


def test_formats_hold_the_same_rows(bulk: Path, tmp_path: Path) -> None:
    for suffix in ("csv.gz", "jsonl", "parquet"):
        simulate(replace(_SMALL, format=suffix), tmp_path / suffix)
        for name in ("Opportunity", "CampaignMember", "User"):
            (path,) = _files(tmp_path / suffix, name)
            (other,) = _files(bulk, name)
            assert [row["Id"] for row in read_file(path)] == [row["Id"] for row in read_file(other)]
    schema = pq.read_schema(_files(tmp_path / "parquet", "Opportunity")[0])
    typed = ("Amount", "CloseDate", "CreatedDate", "IsWon", "Probability")
    assert {name: str(schema.field(name).type) for name in typed} == {
        "Amount": "decimal128(18, 2)",
        "CloseDate": "date32[day]",
        "CreatedDate": "timestamp[ms]",
        "IsWon": "bool",
        "Probability": "int64",
    }


def test_late_versions_come_after_newer_ones(tmp_path: Path) -> None:
    simulate(replace(_SMALL, layout="daily", late=0.5), tmp_path)
    newest: dict[tuple[str, ...], str] = {}
    overtaken = 0
    for path in _files(tmp_path, "Opportunity"):
        for row in read_file(path):
            assert datetime.fromisoformat(row["SystemModstamp"]).date().isoformat() <= path.name[:10]
            overtaken += newest.get(_key("Opportunity", row), "") > _instant(row)
            newest[_key("Opportunity", row)] = max(newest.get(_key("Opportunity", row), ""), _instant(row))
    assert overtaken > 2


def test_versions_that_tell_no_instant_are_never_overtaken(tmp_path: Path) -> None:
    """Of two rows without an instant nobody could say which is newer, so what would come too late stays away."""
    simulate(replace(_SMALL, layout="daily", late=0.9), tmp_path)
    seen: dict[tuple[str, ...], str] = {}
    for path in _files(tmp_path, "user_history"):
        for row in read_file(path):
            key = _key("user_history", row)
            assert not (seen.get(key) and not row["valid_to"])
            seen[key] = row["valid_to"]


def test_overlapping_extracts_repeat_the_days_before(tmp_path: Path) -> None:
    simulate(replace(_SMALL, daily_days=20), tmp_path / "plain")
    simulate(replace(_SMALL, daily_days=20, overlap_days=2), tmp_path / "overlap")
    own = {path.name[:10]: {row["Id"] for row in read_file(path)} for path in _files(tmp_path / "plain", "Task")}
    days = sorted(own)
    for path in _files(tmp_path / "overlap", "Task"):
        day = datetime.fromisoformat(path.name[:10])
        near = [own[name] for name in days if 0 <= (day - datetime.fromisoformat(name)).days <= 2]
        rows = [row["Id"] for row in read_file(path)]
        assert len(rows) == len(set(rows))
        # The first extract is of everything before the others, of which the next ones repeat two days.
        assert set(rows) <= set().union(*near)
        assert all(names <= set(rows) for names in near if names is not own[days[0]])


def test_resent_files_are_copies_under_a_later_time(tmp_path: Path) -> None:
    plain = simulate(replace(_SMALL, daily_days=20), tmp_path / "plain")
    report = simulate(replace(_SMALL, daily_days=20, resent=0.25), tmp_path / "resent")
    copies = [path for path in report.files if "T055959Z" in path.name]
    originals = [path for path in plain.files if not path.name.startswith("2024-12-31")]
    assert len(copies) == round(0.25 * len(originals))
    contents = _contents(tmp_path / "plain")
    for path in copies:
        folder = f"{path.parent.parent.name}/{path.parent.name}/"
        before = max(name for name in contents if folder < name < folder + path.name)
        assert contents[before] == path.read_bytes()
    assert max(path.name[:10] for path in report.files) == "2024-12-31"
    assert sum(report.rows.values()) > sum(plain.rows.values())


def test_hard_deleted_opportunities_vanish(tmp_path: Path) -> None:
    options = replace(_SMALL, daily_days=40, rates=Rates(deleted=0.2))
    simulate(options, tmp_path / "soft")
    simulate(replace(options, hard_deletes=True), tmp_path / "hard")
    deleted_on: dict[str, str] = {}
    known_on: dict[str, str] = {}
    for path in _files(tmp_path / "soft", "Opportunity"):
        for row in read_file(path):
            known_on.setdefault(row["Id"], path.name)
            if row["IsDeleted"] == "true":
                deleted_on[row["Id"]] = path.name
    assert sum(known_on[one] < day for one, day in deleted_on.items()) > 1
    snapshots = _files(tmp_path / "hard", "Opportunity")
    assert len(snapshots) == 41
    for path in snapshots:
        rows = read_file(path)
        expected = {one for one, day in known_on.items() if day <= path.name < deleted_on.get(one, "9")}
        assert {row["Id"] for row in rows} == expected
        assert len(rows) == len(expected)
        assert {row["IsDeleted"] for row in rows} == {"false"}
    for path in _files(tmp_path / "soft", "Task"):
        assert path.read_bytes() == (tmp_path / "hard" / path.relative_to(tmp_path / "soft")).read_bytes()


def test_custom_columns_come_in_mid_history(tmp_path: Path) -> None:
    simulate(replace(_SMALL, daily_days=60, custom_columns=True), tmp_path)
    rows: list[Row] = []
    for path in _files(tmp_path, "Opportunity"):
        rows = read_file(path)
        has_them = path.name >= "2024-11-16"
        assert ("Champion__c" in rows[0]) == ("Discount_Percent__c" in rows[0]) == has_them
    assert any(row["Champion__c"] for row in rows) or any(row["Discount_Percent__c"] for row in rows)
    assert all("Champion__c" not in read_file(path)[0] for path in _files(tmp_path, "Account"))


def test_the_truth_lists_the_files_with_what_is_unusable(tmp_path: Path) -> None:
    report = simulate(replace(_SMALL, dirt=0.1, daily_days=2, resent=0.5), tmp_path / "landing")
    listed = {row["file"]: row for row in read_file(tmp_path / "truth" / "files.csv")}
    assert set(listed) == {str(path.relative_to(tmp_path / "landing")) for path in report.files}
    assert sum(int(row["rows"]) for row in listed.values()) == sum(report.rows.values())
    assert {row["object"] for row in listed.values() if row["unusable_rows"] != "0"} == {
        path.partition("/")[2] for path in DEFECTS if path.startswith("salesforce/")
    }


def test_shuffled_rows_are_the_same_rows(bulk: Path, tmp_path: Path) -> None:
    simulate(replace(_SMALL, shuffled=True), tmp_path)
    for path in bulk.glob("*/*/*"):
        plain, mixed = read_file(path), read_file(tmp_path / path.relative_to(bulk))
        assert Counter(str(row) for row in plain) == Counter(str(row) for row in mixed)
        assert plain != mixed or len(plain) < 12


@pytest.mark.parametrize(("suffix", "days"), [("mixed", 0), ("mixed", 20), ("parquet", 20)])
def test_blocks_add_to_the_same_files(
    suffix: Format, days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BLOCK_OPPORTUNITIES", 100)
    options = replace(Options(opportunities=200, quarters=1, dirt=0), format=suffix, daily_days=days)
    worlds = list(build_worlds(options))
    assert len(worlds) > 1
    tables = [table for world in worlds for table in build_tables(world, build_ids(world))]
    expected: Counter[str] = Counter()
    for table in tables:
        expected[table.name] += len(table.newest(0, worlds[0].timeline.end))
    report = simulate(options, tmp_path / "landing")
    found = {
        name: {_key(name, row) for path in _files(tmp_path / "landing", name) for row in read_file(path)}
        for name in expected
    }
    assert {name: len(keys) for name, keys in found.items()} == expected
    assert sum(report.rows.values()) == sum(len(read_file(path)) for path in report.files)
    assert sorted(report.files) == sorted(path for path in (tmp_path / "landing").rglob("*") if path.is_file())
    simulate(options, tmp_path / "again" / "landing")
    assert _contents(tmp_path / "again" / "landing") == _contents(tmp_path / "landing")


def test_the_command_line_knows_every_habit(tmp_path: Path) -> None:
    habits = ["--format=jsonl", "--resent=0.3", "--overlap-days=2", "--late=0.2", "--shuffled", "--hard-deletes"]
    asked = ["--opportunities=20", "--quarters=1", "--daily-days=5", "--custom-columns", *habits]
    assert main([str(tmp_path / "asked" / "landing"), *asked]) == 0
    options = Options(opportunities=20, quarters=1, daily_days=5, format="jsonl", **_HABITS)
    simulate(replace(options, hard_deletes=True, custom_columns=True), tmp_path / "made" / "landing")
    assert _contents(tmp_path / "asked") == _contents(tmp_path / "made")


def test_what_goes_wrong_in_writing_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Files, "add_text", refuse)
    with pytest.raises(OSError, match="no space left"):
        simulate(_SMALL, tmp_path / "landing")


@pytest.mark.parametrize(
    ("system", "suffix"),
    [("salesforce", "mixed"), ("salesforce", "jsonl.gz"), ("salesforce", "parquet"), ("generic", "csv")],
)
def test_every_planted_row_is_quarantined_and_no_file_refused(system: str, suffix: Format, tmp_path: Path) -> None:
    options = Options(opportunities=40, quarters=1, dirt=0.1, daily_days=1, format=suffix, systems=(system,))
    objects = [path for path in DEFECTS if path.startswith(system)]
    landing = Landing(options, tmp_path / "landing")
    for world in build_worlds(options):
        landing.add(build_tables(world, build_ids(world)))
    written = {str(item.path.relative_to(tmp_path / "landing")): item for item in landing.close()}
    settings = Settings(home=tmp_path / "var", landing=tmp_path / "landing", mappings=None, seeds=tmp_path / "seeds")
    sources = load_sources(settings)
    con = warehouse.connect(settings)
    prepare_raw(con, sources)
    planted: Counter[str] = Counter()
    for path in objects:
        source, name = path.split("/")
        report = load_object(con, settings, sources, source, name, next_load_sequence(con))
        assert not report.refused
        for entry in report.files:
            item = written[entry.file_path]
            assert (entry.rows_in, entry.rows_quarantined) == (item.rows, item.unusable)
            planted[path] += item.unusable
    con.close()
    assert all((planted[path] > 0) == (suffix != "parquet") for path in objects)
