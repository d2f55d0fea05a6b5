"""Real exports load by mapping files alone, row for row; every file of the Fivetran layouts loads as its object."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.lib.ingest import ObjectReport, unmatched_files
from tests.conftest import REAL_DATA
from tests.unit.ingest.landing_zone import LandingZone

pytestmark = pytest.mark.realdata

MAPPINGS = Path(__file__).parent / "mappings"
SALESFORCE = {
    "sf_account_data.csv": ("Account", 10),
    "sf_account_history_data.csv": ("Account", 10),
    "sf_contact_data.csv": ("Contact", 4),
    "sf_contact_history_data.csv": ("Contact", 4),
    "sf_event_data.csv": ("Event", 10),
    "sf_lead_data.csv": ("Lead", 1),
    "sf_lead_data__from_dbt_salesforce_source.csv": ("Lead", 1),
    "sf_opportunity_data.csv": ("Opportunity", 10),
    "sf_opportunity_history_data.csv": ("Opportunity", 10),
    "sf_task_data.csv": ("Task", 10),
    "sf_user_data.csv": ("User", 10),
    "sf_user_role_data.csv": ("UserRole", 10),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LandingZone, dict[str, ObjectReport]]]:
    """All four mapped data sets in one warehouse, and the report of every generic object."""
    zone = LandingZone(tmp_path_factory.mktemp("real"), landing=REAL_DATA, mappings=MAPPINGS)
    (generic,) = (source for source in zone.sources if source.name == "generic")
    yield zone, {target.name: zone.load(target.name) for target in generic.objects}
    zone.close()


def test_no_file_is_refused_and_no_row_quarantined(loaded: tuple[LandingZone, dict[str, ObjectReport]]) -> None:
    _, reports = loaded
    assert all(not report.refused and report.rows_quarantined == 0 for report in reports.values())


@pytest.mark.parametrize(
    ("source", "object_name", "rows"),
    [
        ("maven_crm", "opportunities", 8800),
        ("maven_crm", "opportunity_changes", 8300 + 2 * 6711),
        ("maven_crm", "accounts", 85),
        ("maven_crm", "users", 35 + 6),
        ("maven_crm", "stages", 4),
        ("olist_marketing", "leads", 8000),
        ("olist_marketing", "touches", 8000),
        ("olist_marketing", "opportunities", 842),
        ("olist_marketing", "users", 22),
        ("bpi2012_loan_log", "opportunities", 13087),
        ("bpi2012_loan_log", "opportunity_changes", 60849 + 92093),
        ("bpi2012_loan_log", "users", 61),
        ("bpi2012_loan_log", "stages", 10),
        ("adventureworks_quota", "quotas", 163),
        ("adventureworks_quota", "users", 17),
        ("adventureworks_quota", "user_history", 17),
    ],
)
def test_rows_stored(
    loaded: tuple[LandingZone, dict[str, ObjectReport]], source: str, object_name: str, rows: int
) -> None:
    zone, _ = loaded
    found = zone.rows(f"select count(*) from raw.generic__{object_name} where _source = ?", [source])
    assert found == [(rows,)]


def test_maven_amounts_and_outcomes(loaded: tuple[LandingZone, dict[str, ObjectReport]]) -> None:
    zone, _ = loaded
    assert zone.rows(
        "select stage, count(*) from raw.generic__opportunities where _source = 'maven_crm' group by 1 order by 1"
    ) == [("Engaging", 1589), ("Lost", 2473), ("Prospecting", 500), ("Won", 4238)]
    assert zone.rows(
        "select sum(new_value::decimal(18,2))::bigint, count(*) from raw.generic__opportunity_changes "
        "where _source = 'maven_crm' and field = 'amount'"
    ) == [(10_005_534, 6711)]
    assert zone.rows(
        "select count(*), count(account_id), count(amount) from raw.generic__opportunities where _source = 'maven_crm'"
    ) == [(8800, 8800 - 1425, 0)]


def test_olist_keeps_a_missing_origin_apart_from_the_literal_unknown(
    loaded: tuple[LandingZone, dict[str, ObjectReport]],
) -> None:
    zone, _ = loaded
    assert zone.rows(
        "select count(*) filter (where source is null), count(*) filter (where source = 'unknown') "
        "from raw.generic__leads where _source = 'olist_marketing'"
    ) == [(60, 1099)]


def test_bpi_offsets_become_utc_and_the_event_index_the_sequence(
    loaded: tuple[LandingZone, dict[str, ObjectReport]],
) -> None:
    zone, _ = loaded
    assert zone.rows(
        "select new_value, changed_at::varchar, _sequence from raw.generic__opportunity_changes "
        "where opportunity_id = '173688' and field = 'stage' order by _sequence limit 2"
    ) == [
        ("A_SUBMITTED", "2011-09-30 22:38:44.546", "00000000000000000000"),
        ("A_PARTLYSUBMITTED", "2011-09-30 22:38:44.88", "00000000000000000001"),
    ]


def test_adventureworks_quotas_add_up(loaded: tuple[LandingZone, dict[str, ObjectReport]]) -> None:
    zone, _ = loaded
    assert zone.rows("select sum(quota_amount)::bigint, count(distinct user_id) from raw.generic__quotas") == [
        (95_714_000, 17)
    ]


@pytest.mark.parametrize("name", SALESFORCE)
def test_fivetran_files_load_as_their_objects(tmp_path: Path, name: str) -> None:
    object_name, rows = SALESFORCE[name]
    zone = LandingZone(tmp_path)
    target = zone.landing / "salesforce" / object_name / name
    target.parent.mkdir(parents=True)
    shutil.copy(REAL_DATA / "fivetran_salesforce" / name, target)
    report = zone.load_one(object_name, "salesforce")
    assert report.status == "loaded", report.reason
    assert report.rows_in == rows == report.rows_loaded + report.rows_quarantined
    assert report.is_extract_time_declared
    zone.close()


def test_files_of_objects_that_no_contract_declares_are_named(tmp_path: Path) -> None:
    zone = LandingZone(tmp_path)
    others = sorted({path.name for path in (REAL_DATA / "fivetran_salesforce").glob("*.csv")} - set(SALESFORCE))
    for name in others:
        shutil.copy(REAL_DATA / "fivetran_salesforce" / name, zone.landing / name)
    assert others == ["sf_opportunity_line_item_data.csv", "sf_order_data.csv", "sf_product_2_data.csv"]
    assert unmatched_files(zone.settings, zone.sources) == others
    zone.close()
