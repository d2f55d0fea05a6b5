"""Which files are taken, which are left out and said so, and that nothing outside the landing folder is read."""

from __future__ import annotations

from pathlib import Path

from landing_zone import LandingZone

from dagster_project.lib.ingest import unmatched_files

FOLDER = "generic/opportunities"
TEXT = "opportunity_id\n1\n"


def test_files_at_any_depth_below_an_objects_folder_are_its(zone: LandingZone) -> None:
    for name in ("a.csv", "2026-01-05/b.csv", "2026/01/c.CSV"):
        zone.write(f"{FOLDER}/{name}", TEXT)
    assert sorted(report.file_path for report in zone.load().files) == [
        f"{FOLDER}/2026-01-05/b.csv",
        f"{FOLDER}/2026/01/c.CSV",
        f"{FOLDER}/a.csv",
    ]


def test_files_that_nobody_claims_are_listed(zone: LandingZone) -> None:
    for name in (f"{FOLDER}/a.csv", f"{FOLDER}/notes.txt", "generic/deals/a.csv", "b.csv", f"{FOLDER}/_SUCCESS", ".x"):
        zone.write(name, TEXT)
    assert unmatched_files(zone.settings, zone.sources) == ["b.csv", "generic/deals/a.csv", f"{FOLDER}/notes.txt"]


def test_a_landing_folder_that_does_not_exist_holds_no_files(zone: LandingZone) -> None:
    zone.landing.rmdir()
    assert zone.load().files == []
    assert unmatched_files(zone.settings, zone.sources) == []


def test_a_link_is_followed_inside_the_landing_folder_only(zone: LandingZone, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text(TEXT, encoding="utf-8")
    inside = zone.write("kept/inside.csv", TEXT)
    (zone.landing / FOLDER).mkdir(parents=True)
    (zone.landing / FOLDER / "a.csv").symlink_to(outside)
    (zone.landing / FOLDER / "b.csv").symlink_to(tmp_path / "gone.csv")
    (zone.landing / FOLDER / "c.csv").symlink_to(inside)
    (zone.landing / FOLDER / "d.csv").symlink_to("d.csv")
    reports = zone.load().files
    assert [(report.status, report.reason) for report in reports] == [
        ("refused", "this is a link that leads outside the landing folder. Put a copy of the file here."),
        ("refused", "the link points to nothing. Remove it or restore the file."),
        ("loaded", None),
        ("refused", "the link points to nothing. Remove it or restore the file."),
    ]


def test_a_linked_folder_outside_is_refused_and_one_inside_is_not(zone: LandingZone, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.csv").write_text(TEXT, encoding="utf-8")
    (zone.landing / "generic").mkdir()
    (zone.landing / FOLDER).symlink_to(outside)
    (report,) = zone.load().files
    assert report.status == "refused"
    assert report.reason is not None
    assert "leads outside the landing folder" in report.reason
    zone.write("generic/leads/a.csv", "lead_id\n1\n")
    (zone.landing / "generic/accounts").symlink_to(zone.landing / "generic/leads")
    zone.write("generic/leads/b.csv", "account_id,lead_id\n1,2\n")
    assert [entry.status for entry in zone.load("accounts").files] == ["refused", "loaded"]


def test_the_landing_folder_itself_may_be_a_link(zone: LandingZone, tmp_path: Path) -> None:
    zone.write(f"{FOLDER}/a.csv", TEXT)
    (tmp_path / "link").symlink_to(zone.landing)
    linked = LandingZone(tmp_path / "second", landing=tmp_path / "link")
    assert linked.load_one().status == "loaded"
    linked.close()


def test_a_refusal_that_has_been_mended_loads(zone: LandingZone, tmp_path: Path) -> None:
    (zone.landing / FOLDER).mkdir(parents=True)
    link = zone.landing / FOLDER / "2026-01-05.csv"
    link.symlink_to(tmp_path / "gone.csv")
    assert zone.load_one().status == "refused"
    assert zone.load_one().status == "refused"
    assert zone.rows("select count(*) from raw.plumbline_files") == [(1,)]
    link.unlink()
    zone.write(f"{FOLDER}/2026-01-05.csv", TEXT)
    assert zone.load_one().status == "loaded"
    assert zone.rows("select status from raw.plumbline_files") == [("loaded",)]
