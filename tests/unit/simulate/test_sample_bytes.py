"""Same options, same bytes; both layouts, same records."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sample_files import Landing, read_file, read_landing

from dagster_project.simulate import Options, build_tables, simulate
from dagster_project.simulate.export.files import gzip_stored
from dagster_project.simulate.records.salesforce_people import build_ids
from dagster_project.simulate.world.build import World

_KEYS = {"costs": ("cost_id",), "user_history": ("user_id", "valid_from")}
_MODIFIED = ("SystemModstamp", "modified_at", "CreatedDate")


def _hashes(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _current(landing: Landing) -> dict[str, dict[tuple[str, ...], dict[str, str]]]:
    """Last row of each record, as cumulative extracts leave it."""
    return {
        name: {tuple(row[key] for key in _KEYS.get(name, ("Id",))): row for row in rows}
        for name, rows in landing.items()
    }


def test_equal_options_give_equal_bytes(tmp_path: Path) -> None:
    options = Options(opportunities=80, quarters=2)
    simulate(options, tmp_path / "one" / "landing")
    simulate(options, tmp_path / "two" / "landing")
    assert _hashes(tmp_path / "one") == _hashes(tmp_path / "two")


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    simulate(Options(opportunities=80, quarters=2, seed=1), tmp_path / "one")
    simulate(Options(opportunities=80, quarters=2, seed=2), tmp_path / "two")
    one, two = _hashes(tmp_path / "one"), _hashes(tmp_path / "two")
    changed = {name.split("/")[1] for name in one if one[name] != two.get(name)}
    assert {"Opportunity", "Account", "Lead", "Task", "CampaignMember"} <= changed


def test_bytes_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    found = []
    for hash_seed in ("0", "12345"):
        out = tmp_path / hash_seed / "landing"
        command = [
            sys.executable,
            "-m",
            "dagster_project.cli",
            "simulate",
            str(out),
            "--opportunities=30",
            "--quarters=1",
        ]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": hash_seed})
        found.append(_hashes(tmp_path / hash_seed))
    assert found[0] == found[1]


def test_daily_extracts_add_up_to_the_bulk_extract(tmp_path: Path) -> None:
    options = Options(opportunities=90, quarters=2, dirt=0)
    simulate(options, tmp_path / "bulk" / "landing")
    simulate(replace(options, layout="daily"), tmp_path / "daily" / "landing")
    in_bulk, in_daily = read_landing(tmp_path / "bulk" / "landing"), read_landing(tmp_path / "daily" / "landing")
    assert _current(in_bulk) == _current(in_daily)
    for name in ("OpportunityHistory", "OpportunityFieldHistory", "LeadHistory"):
        assert len(in_bulk[name]) == len(in_daily[name]), "history rows never change, so no extract repeats one"
    assert len(in_daily["Opportunity"]) > len(in_bulk["Opportunity"])
    truths = [_hashes(tmp_path / layout / "truth") for layout in ("bulk", "daily")]
    assert [truth.pop("files.csv") for truth in truths] != [None, None]
    assert truths[0] == truths[1]


def test_an_extract_holds_what_changed_since_the_one_before(tmp_path: Path) -> None:
    simulate(Options(opportunities=40, quarters=1, dirt=0, layout="daily"), tmp_path / "landing")
    for path in sorted((tmp_path / "landing").glob("*/*/*")):
        taken = datetime.strptime(path.name[:18], "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)
        is_first = taken.date() == date(2024, 9, 30)
        for row in read_file(path):
            modified = next((row[name] for name in _MODIFIED if name in row), None)
            if modified:
                instant = datetime.fromisoformat(modified.removesuffix("Z")).replace(tzinfo=UTC)
                assert instant <= taken
                assert is_first or taken - instant < timedelta(days=1)


def test_deletions_are_rows(world: World) -> None:
    table = next(table for table in build_tables(world, build_ids(world)) if table.name == "Opportunity")
    rows = table.newest(0, world.timeline.end)
    deleted = table.columns["IsDeleted"].values[rows]
    assert deleted.sum() == (world.deals["deleted_at"] > 0).sum() > 0
    assert (table.modified[rows][deleted] == world.deals["deleted_at"][table.key[rows][deleted]]).all()


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 200_000])
def test_the_gzip_writer_can_be_read_back(length: int) -> None:
    body = bytes(number % 251 for number in range(length))
    assert gzip.decompress(gzip_stored(body)) == body


def test_the_small_sample_is_quick(tmp_path: Path) -> None:
    began = time.process_time()
    simulate(Options(), tmp_path / "landing")
    assert time.process_time() - began < 3
