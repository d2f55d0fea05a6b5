"""A run without a landing folder, or without any opportunity, ends with what was found and what to write."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from dagster_project.lib.check.stop_early import (
    NothingToPublishError,
    has_opportunity,
    nothing_found,
    require_landing,
)
from dagster_project.lib.ingest_report import report_ingest
from tests.unit.ingest.landing_zone import LandingZone

DEALS = "generic/opportunities/2026-03-31.csv"


def said(zone: LandingZone) -> str | None:
    """What a run over the landing folder stops with; None where it has something to publish."""
    loads = [zone.load(), zone.load("accounts")]
    if has_opportunity(zone.connection, zone.sources):
        return None
    return nothing_found(zone.settings, report_ingest(zone.connection, zone.settings, zone.sources, loads))


def test_a_landing_folder_that_does_not_exist_is_named_with_the_nearest(zone: LandingZone) -> None:
    require_landing(zone.settings)
    typo = replace(zone.settings, landing=zone.landing.parent / "lending")
    with pytest.raises(NothingToPublishError, match=r"lending doesn't exist \(nearest: 'landing'\)\. Correct PLUMB"):
        require_landing(typo)
    a_file = replace(zone.settings, landing=zone.write("deals.csv", "id\n1\n"))
    with pytest.raises(NothingToPublishError, match="is a file"):
        require_landing(a_file)


def test_an_empty_landing_folder(zone: LandingZone) -> None:
    text = said(zone)
    assert text is not None
    assert "Found: no file at all. Put the deals of your CRM there" in text


def test_one_opportunity_is_enough_whenever_it_came(zone: LandingZone) -> None:
    zone.write(DEALS, "opportunity_id,amount\n1,5\n2,x\n")
    assert said(zone) is None
    (zone.landing / DEALS).unlink()
    assert said(zone) is None


def test_what_was_found_instead_is_counted_and_named(zone: LandingZone) -> None:
    zone.write(DEALS, "opportunity_id,amount\n1,five\n2,six\n")
    zone.write("generic/opportunities/b.csv", "deal,amount\n1,5\n")
    zone.write("generic/accounts/2026-03-31.csv", "account_id\na\n")
    text = said(zone)
    assert text is not None
    assert "1 file refused, the first generic/opportunities/b.csv: the column 'opportunity_id'" in text
    assert "2 rows in quarantine; 1 rows of other objects" in text
    assert "Correct what is named and run again" in text


def test_files_that_nothing_matches_lead_to_a_first_mapping(zone: LandingZone) -> None:
    zone.write("deals.csv", "Deal,Amount\n1,5\n")
    text = said(zone)
    assert text is not None
    assert "1 file that no contract or mapping matches (deals.csv)" in text
    assert "plumbline init --out myrules" in text


def test_a_replay_of_days_before_the_first_extract(zone: LandingZone) -> None:
    zone.write(DEALS, "opportunity_id\n1\n")
    zone.settings = replace(zone.settings, extracts_until=datetime(2026, 1, 1))  # noqa: DTZ001
    text = said(zone)
    assert text is not None
    assert "no extract taken before 2026-01-01" in text
    assert "Begin with a later day" in text
