"""Every file of the Fivetran HubSpot layout loads as its object: each row loaded, or quarantined with its reason."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.lib.ingest import FileReport, ObjectReport, unmatched_files
from tests.conftest import REAL_DATA
from tests.unit.ingest.landing_zone import LandingZone

pytestmark = pytest.mark.realdata

FILES = sorted((REAL_DATA / "fivetran_hubspot").glob("*.csv"))


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LandingZone]:
    """A landing folder into which the whole data set was copied as it is, without folders per table."""
    made = LandingZone(tmp_path_factory.mktemp("hubspot"))
    (made.landing / "hubspot").mkdir()
    for path in FILES:
        shutil.copy(path, made.landing / "hubspot" / path.name)
    yield made
    made.close()


@pytest.fixture(scope="module")
def reports(zone: LandingZone) -> dict[str, ObjectReport]:
    """The report of every object of the contract."""
    (source,) = (source for source in zone.sources if source.name == "hubspot")
    return {target.name: zone.load(target.name, "hubspot") for target in source.objects}


@pytest.fixture(scope="module")
def files(reports: dict[str, ObjectReport]) -> dict[str, FileReport]:
    """The report of every file, by its name."""
    return {Path(file.file_path).name: file for report in reports.values() for file in report.files}


def test_every_file_is_claimed_by_one_object(zone: LandingZone, reports: dict[str, ObjectReport]) -> None:
    claimed = sorted(Path(file.file_path).name for report in reports.values() for file in report.files)
    assert claimed == [path.name for path in FILES]
    assert unmatched_files(zone.settings, zone.sources) == []


def test_rows_in_are_rows_of_the_file_and_all_are_loaded(files: dict[str, FileReport]) -> None:
    for path in FILES:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = sum(1 for _ in csv.DictReader(lines))
        report = files[path.name]
        assert report.status == "loaded", f"{path.name}: {report.reason}"
        assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (rows, rows, 0), path.name


def test_a_file_under_another_name_is_named_and_left_alone(tmp_path: Path) -> None:
    zone = LandingZone(tmp_path)
    zone.write("hubspot/quote_data.csv", "id\n1\n")
    assert unmatched_files(zone.settings, zone.sources) == ["hubspot/quote_data.csv"]
    zone.close()


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("deal_data.csv", {"owner_id", "deal_pipeline_stage_id", "property_amount", "property_createdate"}),
        ("deal_property_history_data.csv", {"deal_id", "name", "value", "timestamp", "source_id"}),
        ("engagement_meeting_data.csv", {"property_hs_meeting_start_time", "property_hs_meeting_outcome"}),
        ("contact_data.csv", {"id", "is_deleted", "property_email", "property_hs_merged_object_ids"}),
    ],
)
def test_declared_columns_are_found_under_the_names_of_the_connector(
    files: dict[str, FileReport], name: str, missing: set[str]
) -> None:
    assert missing & set(files[name].missing_columns) == set()


@pytest.mark.parametrize(
    "header",
    [
        "deal_id,property_amount,property_dealstage,_fivetran_deleted",  # Fivetran, without its renamed columns
        "id,amount,dealstage,archived",  # API and dlt
        "id,properties_amount,properties_dealstage,archived",  # Airbyte
        "dealId,property_amount__value,property_dealstage__value,isDeleted",  # Stitch
    ],
)
def test_a_deal_is_the_same_in_every_naming_layout(tmp_path: Path, header: str) -> None:
    zone = LandingZone(tmp_path)
    zone.write("hubspot/deal/2026-01-05.csv", f"{header}\n7,12.50,closedwon,true\n")
    assert zone.load_one("deal", "hubspot").rows_loaded == 1
    assert zone.rows(
        "select deal_id, property_amount::varchar, deal_pipeline_stage_id, _is_deleted, _custom from raw.hubspot__deal"
    ) == [("7", "12.500000", "closedwon", True, "{}")]
    zone.close()
