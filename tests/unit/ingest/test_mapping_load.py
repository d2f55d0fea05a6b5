"""Loading through mappings: filters, several entities from one file, constants, translations, inline rows, changes."""

from __future__ import annotations

from datetime import datetime

import pytest
from landing_zone import LandingZone

FILE = """Id;Stage;Worth;Closed;Owner;Product
1;Won;1.5;31/12/2024 12:00;Ann;X
2;Lost;0;01/07/2024 12:00;Ann;Y
3;Open;;;Bob;X
"""
MAPPING = """
source: crm
extends: generic
extract_time: {constant: "2025-01-01T00:00:00Z"}
feeds:
  - file: crm/*.csv
    object: opportunities
    extract: full
    csv: {delimiter: ";"}
    columns: {opportunity_id: Id, stage: Stage, owner_id: Owner, close_date: Closed}
    constants: {pipeline_id: sales}
    translate: {stage: {Won: Closed Won, Open: ""}}
    formats: {close_date: "%d/%m/%Y %H:%M"}
  - file: crm/*.csv
    object: opportunity_changes
    undeclared: drop
    where: {Stage: {in: [Won, Lost]}, Closed: not_null}
    columns: {opportunity_id: Id, new_value: Stage, changed_at: Closed}
    constants: {field: stage}
    formats: {changed_at: ["%Y", "%d/%m/%Y %H:%M"]}
    timezone: Europe/Amsterdam
  - file: crm/*.csv
    object: opportunity_changes
    undeclared: drop
    where: {Stage: {in: [Won, Lost]}}
    columns: {opportunity_id: Id, new_value: Worth, changed_at: Closed}
    constants: {field: amount}
    formats: {changed_at: "%d/%m/%Y %H:%M"}
  - file: crm/*.csv
    object: users
    extract: full
    undeclared: drop
    columns: {user_id: Owner, user_name: Owner}
    constants: {role: ae}
rows:
  stages:
    - {pipeline_id: sales, stage: Closed Won, stage_order: 1, is_open: no, is_won: t, is_pipeline: no, is_qualified: 0}
    - {pipeline_id: sales, stage: Lost, stage_order: 2, is_open: no, is_won: false, is_pipeline: no, is_qualified: 0}
"""


@pytest.fixture
def crm(zone: LandingZone) -> LandingZone:
    zone.write("crm/deals.csv", FILE)
    zone.write_mapping(MAPPING)
    return zone


def test_one_file_feeds_several_entities(crm: LandingZone) -> None:
    (deals,) = crm.load("opportunities").files
    changes = crm.load("opportunity_changes").files
    (users,) = crm.load("users").files
    assert (deals.source_name, deals.is_full_extract, deals.rows_in) == ("crm", True, 3)
    assert [(f.rows_read, f.rows_filtered, f.rows_in, f.rows_loaded) for f in changes] == [(3, 1, 2, 2), (3, 1, 2, 2)]
    assert len({f.file_id for f in (deals, *changes, users)}) == 4
    assert (users.rows_loaded, users.rows_stored) == (3, 2)
    assert crm.rows(
        "select opportunity_id, stage, pipeline_id, close_date::varchar, _source, _extracted_at::varchar, _custom "
        "from raw.generic__opportunities order by 1"
    ) == [
        ("1", "Closed Won", "sales", "2024-12-31", "crm", "2025-01-01 00:00:00", '{"Product":"X","Worth":"1.5"}'),
        ("2", "Lost", "sales", "2024-07-01", "crm", "2025-01-01 00:00:00", '{"Product":"Y","Worth":"0"}'),
        ("3", None, "sales", None, "crm", "2025-01-01 00:00:00", '{"Product":"X"}'),
    ]
    assert crm.rows(
        "select opportunity_id, field, new_value, changed_at::varchar, _custom "
        "from raw.generic__opportunity_changes order by 1, 2"
    ) == [
        ("1", "amount", "1.5", "2024-12-31 12:00:00", "{}"),
        ("1", "stage", "Won", "2024-12-31 11:00:00", "{}"),
        ("2", "amount", "0", "2024-07-01 12:00:00", "{}"),
        ("2", "stage", "Lost", "2024-07-01 10:00:00", "{}"),
    ]
    assert crm.rows("select user_id, role, _record from raw.generic__users order by 1") == [
        ("Ann", "ae", 1),
        ("Bob", "ae", 3),
    ]


def test_rows_written_in_the_mapping_load_once(crm: LandingZone) -> None:
    (report,) = crm.load("stages").files
    assert (report.file_path, report.rows_loaded, str(report.extracted_at)) == (
        "mapping:crm#stages",
        2,
        "2025-01-01 00:00:00",
    )
    assert [report.status for report in crm.load("stages").files] == ["repeated"]
    assert crm.rows("select stage, stage_order, is_open, is_won, is_qualified from raw.generic__stages order by 2") == [
        ("Closed Won", 1, False, True, False),
        ("Lost", 2, False, False, False),
    ]


def test_changed_rows_of_a_mapping_replace_the_old_ones(crm: LandingZone) -> None:
    crm.load("stages")
    crm.write_mapping(MAPPING.replace("stage_order: 2", "stage_order: 5"))
    assert [report.status for report in crm.load("stages").files] == ["loaded"]
    assert crm.rows("select stage_order from raw.generic__stages order by 1") == [(1,), (5,)]
    assert crm.rows("select count(*) from raw.plumbline_files") == [(1,)]
    crm.write_mapping(MAPPING.split("rows:")[0])
    assert crm.load("stages").files == []
    assert crm.rows("select count(*) from raw.generic__stages") == [(0,)]


def test_a_changed_mapping_reads_its_files_afresh(crm: LandingZone) -> None:
    crm.load("opportunity_changes")
    assert crm.rows("select count(*) from raw.generic__opportunity_changes") == [(4,)]
    crm.write_mapping(MAPPING.replace("{Stage: {in: [Won, Lost]}, Closed: not_null}", "{Stage: {equals: Won}}"))
    reports = crm.load("opportunity_changes").files
    assert sorted(report.status for report in reports) == ["loaded", "repeated"]
    assert crm.rows("select field, opportunity_id from raw.generic__opportunity_changes order by all") == [
        ("amount", "1"),
        ("amount", "2"),
        ("stage", "1"),
    ]
    assert crm.rows("select count(*) from raw.plumbline_files") == [(2,)]


def test_rows_of_files_that_left_the_landing_folder_outlive_a_changed_mapping(crm: LandingZone) -> None:
    crm.load()
    (crm.landing / "crm/deals.csv").unlink()
    crm.write_mapping(MAPPING.replace("pipeline_id: sales}\n    translate", "pipeline_id: other}\n    translate"))
    assert crm.load().files == []
    assert crm.rows("select distinct pipeline_id from raw.generic__opportunities") == [("sales",)]


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("{Stage: {equals: Won}}", ["1"]),
        ("{Stage: {in: [Won, Open]}}", ["1", "3"]),
        ("{Stage: {not_in: [Won]}}", ["2", "3", "4"]),
        ("{Stage: is_null}", ["4"]),
        ("{Stage: {not_null: true}, Owner: {equals: Ann}}", ["1", "2"]),
        ("{Owner: {not_in: [Bob]}, Stage: {not_in: [Lost]}}", ["1", "4"]),
        ('{Stage: {equals: "Won\' or 1=1 --"}}', []),
    ],
)
def test_conditions_keep_the_rows_they_name(zone: LandingZone, where: str, kept: list[str]) -> None:
    zone.write("crm/deals.csv", FILE + "4;;;;;\n")
    zone.write_mapping(
        "source: crm\nextends: generic\nfeeds:\n  - file: crm/deals.csv\n    object: opportunities\n"
        f"    where: {where}\n    columns: {{opportunity_id: Id}}\n"
    )
    report = zone.load_one()
    assert (report.rows_read, report.rows_in) == (4, len(kept))
    assert [row[0] for row in zone.rows("select opportunity_id from raw.generic__opportunities order by 1")] == kept


def test_a_file_without_a_header_takes_its_names_from_the_mapping(zone: LandingZone) -> None:
    zone.write("q/quotas.tsv", "9\tann\t2024-01-01 00:00:00\t100\n8\tbob\t2024-04-01 00:00:00\t200\n")
    zone.write_mapping(
        "source: q\nextends: generic\nfeeds:\n  - file: q/quotas.tsv\n    object: quotas\n"
        '    csv: {delimiter: "\\t", header: [number, who, from, quota]}\n'
        "    columns: {user_id: who, period_start: from, quota_amount: quota}\n    constants: {period_type: quarter}\n"
    )
    assert zone.load_one("quotas").rows_loaded == 2
    assert zone.rows("select user_id, period_start::varchar, _record, _custom from raw.generic__quotas order by 1") == [
        ("ann", "2024-01-01", 1, '{"number":"9"}'),
        ("bob", "2024-04-01", 2, '{"number":"8"}'),
    ]


def test_without_an_extract_time_a_mapping_takes_load_time(zone: LandingZone) -> None:
    zone.write("crm/2024-01-01.csv", "Id\n1\n")
    zone.write_mapping(
        "source: crm\nextends: generic\nfeeds:\n  - file: crm/*.csv\n    object: opportunities\n"
        "    columns: {opportunity_id: Id}\n"
    )
    (report,) = zone.load(loaded_at=datetime(2026, 5, 5)).files  # noqa: DTZ001
    assert (str(report.extracted_at), report.is_extract_time_declared) == ("2026-05-05 00:00:00", False)


def test_a_wrong_constant_quarantines_every_row_and_says_so(zone: LandingZone) -> None:
    zone.write("crm/a.csv", "Id\n1\n2\n")
    zone.write_mapping(
        "source: crm\nextends: generic\nfeeds:\n  - file: crm/a.csv\n    object: opportunities\n"
        "    columns: {opportunity_id: Id}\n    constants: {amount: much}\n"
    )
    report = zone.load_one()
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (2, 0, 2)
    assert (report.quarantine[0].column_name, report.quarantine[0].value) == ("amount", "much")


@pytest.mark.parametrize("order", [("1", "2", "3"), ("3", "2", "1")])
def test_every_full_extract_keeps_its_rows_and_partial_ones_store_each_row_once(
    zone: LandingZone, order: tuple[str, ...]
) -> None:
    """Rows carry their own extract time, which does not move while a record stays as it is."""
    zone.write_mapping("""
source: crm
extends: generic
extract_time: {column: Synced}
feeds:
  - {file: full/*.csv, object: opportunities, extract: full, columns: {opportunity_id: Id, stage: Stage}}
  - {file: part/*.csv, object: opportunities, columns: {opportunity_id: Id, stage: Stage}}
""")
    header = "Id,Stage,Synced\n"
    files = {
        "1": ("full/1.csv", "A,Open,2025-01-01\nB,Open,2025-01-01\n"),
        "2": ("full/2.csv", "A,Open,2025-01-01\nC,Open,2025-01-02\n"),
        "3": ("part/3.csv", "A,Open,2025-01-01\nA,Open,2025-01-01\n"),
    }
    for number in order:
        name, rows = files[number]
        zone.write(name, header + rows)
        zone.load("opportunities")
    zone.write("part/4.csv", header + "A,Open,2025-01-01\nD,Open,2025-01-03\n")
    zone.load("opportunities")
    assert zone.rows("select _file, opportunity_id from raw.generic__opportunities order by 1, 2") == [
        ("full/1.csv", "A"),
        ("full/1.csv", "B"),
        ("full/2.csv", "A"),
        ("full/2.csv", "C"),
        ("part/3.csv", "A"),
        ("part/4.csv", "D"),
    ]
