"""What can be asked of the simulator, and that it is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sample_files import read_file, read_landing

from dagster_project.simulate import Options, OptionsError, Rates, simulate
from dagster_project.simulate.command import main
from dagster_project.simulate.timeline import DAY, day_number
from dagster_project.simulate.world.build import build_world


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"opportunities": 0}, "opportunities=0"),
        ({"quarters": 0}, "quarters=0"),
        ({"dirt": 1.5}, "dirt=1.5"),
        ({"start": date(2024, 2, 1)}, "start=2024-02-01"),
        ({"layout": "weekly"}, "layout='weekly'"),
        ({"format": "xml"}, "format='xml'"),
        ({"late": 1.2}, "late=1.2"),
        ({"resent": -0.1}, "resent=-0.1"),
        ({"overlap_days": -1}, "overlap_days=-1"),
        ({"quarters": 1, "daily_days": 93}, "daily_days=93"),
        ({"quarters": 1, "withheld_days": 92}, "withheld_days=92"),
        ({"rates": Rates(padding=-0.1)}, "rate padding=-0.1"),
    ],
)
def test_an_option_out_of_range_is_named(changes: dict[str, object], named: str) -> None:
    with pytest.raises(OptionsError, match=named):
        Options(**changes)  # pyright: ignore[reportArgumentType]


def test_an_unknown_rate_lists_the_known_ones() -> None:
    with pytest.raises(OptionsError, match=r"'paddin' doesn't exist.*padding"):
        Rates().with_changes({"paddin": 0.1})


@pytest.mark.parametrize("opportunities", [1, 7, 150])
@pytest.mark.parametrize("quarters", [1, 4])
def test_the_asked_size_and_dates_are_exact(opportunities: int, quarters: int) -> None:
    world = build_world(Options(opportunities=opportunities, quarters=quarters, start=date(2023, 4, 1)))
    created = world.deals["created"]
    assert len(created) == opportunities
    assert created.min() >= day_number(date(2023, 4, 1)) * DAY
    assert created.max() < world.timeline.end
    assert world.timeline.end == day_number(date(2023, 7, 1) if quarters == 1 else date(2024, 4, 1)) * DAY
    assert np.all(np.diff(created) >= 0)


def test_nothing_is_planted_when_nothing_is_asked() -> None:
    deals = build_world(Options(rates=Rates.none())).deals
    assert not deals["pattern"].any()
    assert not deals["story"].any()
    assert (deals["deleted_at"] < 0).all()


def test_without_field_history_there_is_none(tmp_path: Path) -> None:
    simulate(Options(opportunities=20, quarters=1, field_history=False), tmp_path / "landing")
    objects = read_landing(tmp_path / "landing")
    assert "OpportunityHistory" in objects
    assert "OpportunityFieldHistory" not in objects
    assert "LeadHistory" not in objects


def test_unusable_rows_are_extra_and_only_on_request(tmp_path: Path) -> None:
    clean = simulate(Options(opportunities=40, quarters=1, dirt=0), tmp_path / "clean")
    dirty = simulate(Options(opportunities=40, quarters=1, dirt=0.1), tmp_path / "dirty")
    more = {name: dirty.rows[name] - clean.rows[name] for name in clean.rows}
    assert {name for name, count in more.items() if count} == {
        f"salesforce/{name}"
        for name in ("Opportunity", "OpportunityFieldHistory", "Lead", "Contact", "Task", "Event", "CampaignMember")
    }
    assert more["salesforce/Opportunity"] == 4
    (path,) = (tmp_path / "dirty").glob("*/Opportunity/*")
    assert [row["Amount"] for row in read_file(path)].count("tbd") == 1


def test_the_last_days_can_be_extracts_of_their_own(tmp_path: Path) -> None:
    options = Options(opportunities=60, quarters=1, daily_days=3)
    simulate(options, tmp_path / "landing")
    names = sorted(path.name for path in (tmp_path / "landing" / "salesforce" / "OpportunityHistory").iterdir())
    assert names[0] == "2024-12-28T235959Z.csv"
    assert set(names[1:]) <= {f"2024-12-{day}T235959Z.csv" for day in (29, 30, 31)}


def test_extracts_can_end_within_a_quarter(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole" / "landing", tmp_path / "cut" / "landing"
    # What is stale is so at the end of the extracts, so that nothing else may be planted here.
    options = Options(opportunities=60, quarters=1, dirt=0.0, rates=Rates.none())
    simulate(options, whole)
    simulate(replace(options, withheld_days=30), cut)
    assert [path.name for path in (cut / "salesforce" / "Opportunity").iterdir()] == ["2024-12-01T235959Z.csv"]
    known = {row["Id"] for row in read_landing(cut)["OpportunityHistory"]}
    assert known == {
        row["Id"] for row in read_landing(whole)["OpportunityHistory"] if row["CreatedDate"] < "2024-12-02"
    }


def test_the_command_line_reports_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "landing"), "--opportunities", "10", "--quarters", "1", "--rate", "padding=0"]) == 0
    assert "salesforce/Opportunity" in capsys.readouterr().out
    assert (tmp_path / "truth" / "opportunities.parquet").exists()


def test_the_command_line_refuses_what_options_refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "landing"), "--rate", "gossip=0.5"]) == 2
    assert "gossip" in capsys.readouterr().err
    assert not (tmp_path / "landing").exists()
