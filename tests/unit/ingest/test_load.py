"""Loading: every format alike, exactly once, in any order and packaging, with nothing lost and nothing invented."""

from __future__ import annotations

import gzip
import itertools
import json
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from landing_zone import LOADED_AT, LandingZone

from dagster_project.lib.ingest.schema import BOOKKEEPING

FOLDER = "generic/opportunities"
HEADER = "opportunity_id,stage,amount,close_date,created_at,is_deleted,Region__c"
ROWS = [
    "1,New,100.5,2026-02-01,2026-01-01T10:00:00Z,false,North",
    '2,"Won, big",2000,2026-03-01,2026-01-02 11:00:00,true,"a ""quoted"" one"',
    "3,,,,,,",
]
CSV = "\n".join([HEADER, *ROWS, ""])


def as_parquet(text: str, path: Path) -> bytes:
    """The same data, typed, as Parquet."""
    source = path / "source.csv"
    source.write_text(text, encoding="utf-8")
    target = path / "target.parquet"
    duckdb.execute(f"copy (from read_csv('{source}')) to '{target}' (format parquet)")
    return target.read_bytes()


def as_json_lines(text: str) -> str:
    header, *_ = text.splitlines()
    names = header.split(",")
    values = [
        ["1", "New", 100.5, "2026-02-01", "2026-01-01T10:00:00Z", False, "North"],
        ["2", "Won, big", 2000, "2026-03-01", "2026-01-02 11:00:00", True, 'a "quoted" one'],
        ["3", None, None, None, None, None, None],
    ]
    return "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in values)


def test_a_row_carries_typed_values_and_where_it_came_from(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", CSV)
    report = zone.load_one()
    assert (report.status, report.rows_in, report.rows_loaded, report.rows_stored) == ("loaded", 3, 3, 3)
    row = zone.rows(
        """
        select opportunity_id, stage, amount::varchar, close_date::varchar, created_at::varchar, is_deleted, _source,
            _key, _version_at::varchar, _sequence, _extracted_at::varchar, _is_extract_time_declared, _file,
            _file_id, _record, _is_deleted, _custom, _load_sequence
        from raw.generic__opportunities
        where _record = 2
        """
    )
    assert row == [
        (
            "2", "Won, big", "2000.000000", "2026-03-01", "2026-01-02 11:00:00", True, "generic",
            "2", "2026-01-05 23:59:59.999999", None, "2026-01-05 23:59:59.999999", True, f"{FOLDER}/2026-01-05.csv",
            report.file_id, 2, True, '{"Region__c":"a \\"quoted\\" one"}', 1,
        )
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "tsv", "parquet", "jsonl", "jsonl.gz", "bom", "crlf", "semicolon"])
def test_every_format_gives_the_same_rows(zone: LandingZone, tmp_path: Path, kind: str) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", CSV)
    zone.load()
    expected = zone.content()
    other = LandingZone(tmp_path / "other")
    lines = as_json_lines(CSV)
    content: dict[str, tuple[str, str | bytes]] = {
        "csv": ("csv", CSV),
        "csv.gz": ("csv.gz", gzip.compress(CSV.encode())),
        "tsv": ("tsv", CSV.replace('"Won, big"', "Won; big").replace(",", "\t").replace("Won; big", "Won, big")),
        "parquet": ("parquet", as_parquet(CSV, tmp_path)),
        "jsonl": ("jsonl", lines),
        "jsonl.gz": ("jsonl.gz", gzip.compress(lines.encode())),
        "bom": ("csv", "\ufeff" + CSV),
        "crlf": ("csv", CSV.replace("\n", "\r\n")),
        "semicolon": ("csv", CSV.replace('"Won, big"', "Won# big").replace(",", ";").replace("#", ",")),
    }
    suffix, data = content[kind]
    other.write(f"{FOLDER}/2026-01-05.{suffix}", data)
    report = other.load_one()
    assert (report.rows_loaded, report.rows_quarantined) == (3, 0)
    assert other.content() == expected
    other.close()


@pytest.mark.parametrize(
    "header",
    [
        "OpportunityId,StageName,Amount,CloseDate,CreatedDate,IsDeleted,Region__c",
        "OPPORTUNITY_ID,STAGE,AMOUNT,CLOSE_DATE,CREATED_AT,IS_DELETED,Region__c",
        "id,stage_name,amount,close_date,createdat,isdeleted,Region__c",
    ],
)
def test_columns_match_whatever_their_case_underscores_or_accepted_name(
    zone: LandingZone, tmp_path: Path, header: str
) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", CSV)
    zone.load()
    other = LandingZone(tmp_path / "other")
    other.write(f"{FOLDER}/2026-01-05.csv", CSV.replace(HEADER, header))
    other.load()
    assert other.content() == zone.content()
    other.close()


def test_a_declared_name_goes_before_an_accepted_one(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/a.csv", "id,opportunity_id\nx,1\n")
    zone.load()
    assert zone.rows("select opportunity_id, _custom from raw.generic__opportunities") == [("1", '{"id":"x"}')]


def test_the_order_of_columns_and_absent_ones_change_nothing(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05/a.csv", "opportunity_id,stage,B,A\n1,New,2,3\n")
    zone.write(f"{FOLDER}/2026-01-05/b.csv", "A,B,amount,stage,opportunity_id\n3,2,,New,1\n")
    reports = zone.load().files
    assert [report.rows_stored for report in reports] == [1, 0]
    assert zone.rows("select _custom, _file from raw.generic__opportunities") == [
        ('{"A":"3","B":"2"}', f"{FOLDER}/2026-01-05/a.csv")
    ]


def test_a_second_sight_is_repeated_and_not_written_again(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", CSV)
    zone.load()
    zone.write(f"{FOLDER}/copy-2026-01-05.csv", CSV)
    reports = zone.load().files
    assert [(report.status, report.rows_in) for report in reports] == [("repeated", 0), ("repeated", 0)]
    assert reports[1].reason == f"loaded by load 1 as {FOLDER}/2026-01-05.csv"
    assert zone.rows("select count(*), max(load_sequence) from raw.plumbline_files") == [(1, 1)]
    assert zone.rows("select count(*) from raw.generic__opportunities") == [(3,)]


def test_the_same_content_at_a_later_extract_time_is_an_observation(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", CSV)
    zone.write(f"{FOLDER}/2026-01-06.csv", CSV)
    assert [report.status for report in zone.load().files] == ["loaded", "loaded"]
    assert zone.rows("select count(*), count(distinct _row_hash) from raw.generic__opportunities") == [(6, 3)]


def test_without_a_declared_extract_time_load_time_counts_once(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/export.csv", CSV)
    zone.load(loaded_at=datetime(2026, 3, 1, 8))  # noqa: DTZ001
    (again,) = zone.load(loaded_at=datetime(2026, 3, 2, 8)).files  # noqa: DTZ001
    assert again.status == "repeated"
    assert zone.rows(
        "select distinct _extracted_at::varchar, _is_extract_time_declared from raw.generic__opportunities"
    ) == [("2026-03-01 08:00:00", False)]


@pytest.mark.parametrize(
    ("name", "instant"),
    [
        ("2026-01-05.csv", "2026-01-05 23:59:59.999999"),
        ("2026-01-05T10:11:12Z.csv", "2026-01-05 10:11:12"),
        ("part_2026-01-05_101112.csv", "2026-01-05 10:11:12"),
        ("2026-01-05/part-0.csv", "2026-01-05 23:59:59.999999"),
        ("run 2026-01-01/2026-01-05.csv", "2026-01-05 23:59:59.999999"),
    ],
)
def test_the_path_declares_the_extract_time(zone: LandingZone, name: str, instant: str) -> None:
    zone.write(f"{FOLDER}/{name}", CSV)
    report = zone.load_one()
    assert (str(report.extracted_at), report.is_extract_time_declared) == (instant, True)
    assert zone.rows("select distinct _extracted_at::varchar from raw.generic__opportunities") == [(instant,)]


def test_an_extract_time_column_goes_before_the_path_and_is_no_part_of_the_content(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", "opportunity_id,extracted_at\n1,2026-01-03 01:00:00\n2,\n")
    zone.write(f"{FOLDER}/2026-01-06.csv", "opportunity_id,extracted_at\n1,2026-01-04 01:00:00\n")
    zone.load()
    assert zone.rows(
        "select opportunity_id, _extracted_at::varchar, _version_at = _extracted_at "
        "from raw.generic__opportunities order by all"
    ) == [
        ("1", "2026-01-03 01:00:00", True),
        ("1", "2026-01-04 01:00:00", True),
        ("2", "2026-01-05 23:59:59.999999", True),
    ]
    assert zone.rows("select count(distinct _row_hash) from raw.generic__opportunities where opportunity_id = '1'") == [
        (1,)
    ]


def test_a_connector_column_declares_the_extract_time_and_is_not_custom(zone: LandingZone) -> None:
    zone.write("salesforce/Opportunity/a.csv", "id,_fivetran_synced,X__c\n1,2026-01-03T01:00:00+01:00,y\n")
    zone.write("salesforce/Opportunity/b.csv", "id,_fivetran_synced,X__c\n1,2026-01-03T01:00:00+01:00,y\n")
    reports = zone.load("Opportunity", "salesforce").files
    assert [report.status for report in reports] == ["loaded", "repeated"]
    assert zone.rows("select _extracted_at::varchar, _custom from raw.salesforce__opportunity") == [
        ("2026-01-03 00:00:00", '{"X__c":"y"}')
    ]


def test_a_connector_file_in_another_dated_folder_is_the_same_observation(zone: LandingZone) -> None:
    text = "id,_fivetran_synced\n1,2026-01-03 01:00:00\n"
    zone.write("salesforce/Opportunity/2026-01-05/a.csv", text)
    zone.write("salesforce/Opportunity/2026-01-06/a.csv", text)
    reports = zone.load("Opportunity", "salesforce").files
    assert [report.status for report in reports] == ["loaded", "repeated"]


def test_version_and_sequence_come_from_their_columns(zone: LandingZone) -> None:
    header = "opportunity_id,field,new_value,changed_at,sequence_number"
    zone.write(
        "generic/opportunity_changes/2026-01-05.csv", f"{header}\n1,stage,New,2026-01-01,7\n1,stage,Won,2026-01-02,\n"
    )
    zone.write(f"{FOLDER}/2026-01-05.csv", "opportunity_id,modified_at\n1,2026-01-02 03:04:05\n")
    zone.load()
    zone.load("opportunity_changes")
    assert zone.rows("select _version_at::varchar from raw.generic__opportunities") == [("2026-01-02 03:04:05",)]
    assert zone.rows("select _sequence from raw.generic__opportunity_changes order by _record") == [
        ("00000000000000000007",),
        (None,),
    ]
    assert zone.rows("select count(distinct _key) from raw.generic__opportunity_changes") == [(2,)]


def test_equal_rows_are_kept_once_with_their_least_record(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05/b.csv", "opportunity_id,stage\n2,B\n1,A\n1,A\n")
    zone.load()
    zone.write(f"{FOLDER}/2026-01-05/a.csv", "opportunity_id,stage\n1,A\n3,C\n")
    report = zone.load().loaded[0]
    assert (report.rows_in, report.rows_loaded, report.rows_stored) == (2, 2, 2)
    assert zone.rows("select _key, _record, right(_file, 5) from raw.generic__opportunities order by _key") == [
        ("1", 1, "a.csv"),
        ("2", 1, "b.csv"),
        ("3", 2, "a.csv"),
    ]


def test_any_order_and_packaging_of_extracts_gives_the_same_rows(tmp_path: Path) -> None:
    days = {
        day: [f"{key},{stage},{amount}" for key, stage, amount in rows]
        for day, rows in {
            "2026-01-05": [("1", "New", "10"), ("2", "New", "20"), ("3", "New", "x")],
            "2026-01-06": [("1", "Won", "15"), ("2", "New", "20")],
            "2026-01-07": [("1", "New", "10"), ("4", "New", "")],
        }.items()
    }
    header = "opportunity_id,stage,amount"
    results = []
    for number, order in enumerate(itertools.permutations(days)):
        zone = LandingZone(tmp_path / str(number))
        for step, day in enumerate(order):
            rows = days[day]
            if number % 2:
                zone.write(f"{FOLDER}/{day}/all.csv", "\n".join([header, *rows, ""]))
            else:
                for part in (rows[:1], rows[1:], rows):
                    name = f"{FOLDER}/{day}/part-{step}-{len(part)}-{part[0][:1]}.csv.gz"
                    zone.write(name, gzip.compress("\n".join([header, *part, ""]).encode()))
            zone.load()
        results.append(zone.content(columns="opportunity_id, stage, amount, _extracted_at, _row_hash"))
        zone.close()
    assert len(results[0]) == 6
    assert all(result == results[0] for result in results)


def test_a_header_alone_is_a_loaded_file_of_no_rows(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", HEADER + "\n")
    report = zone.load_one()
    assert (report.status, report.rows_in, report.rows_stored) == ("loaded", 0, 0)
    assert str(report.extracted_at) == "2026-01-05 23:59:59.999999"


def test_all_declared_tables_exist_empty_from_the_start(zone: LandingZone) -> None:
    assert zone.load().files == []
    tables = {row[0] for row in zone.rows("select table_name from duckdb_tables() where schema_name = 'raw'")}
    declared = {target.raw_table for source in zone.sources for target in source.objects}
    assert tables == declared | set(BOOKKEEPING)
    assert zone.rows("select count(*) from raw.salesforce__opportunity") == [(0,)]


def test_load_sequences_only_grow(zone: LandingZone) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", CSV)
    assert zone.load_one().load_sequence == 1
    zone.rows("insert into raw.plumbline_builds (build_id, load_sequence) values ('b', 7)")
    zone.write(f"{FOLDER}/2026-01-06.csv", CSV)
    assert zone.load().loaded[0].load_sequence == 8


def test_names_and_values_of_files_are_data_and_never_sql(zone: LandingZone) -> None:
    name = f"{FOLDER}/2026-01-05 it's [a]*{{b}}?.csv"
    zone.write(name, 'opportunity_id,stage,"x\'); drop table raw.plumbline_files; --","a""b"\n1,\'; --,v,w\n')
    report = zone.load_one()
    assert (report.status, report.file_path) == ("loaded", name)
    assert zone.rows("select stage, _file, _custom from raw.generic__opportunities") == [
        ("'; --", name, '{"a\\"b":"w","x\'); drop table raw.plumbline_files; --":"v"}')
    ]


def test_a_hive_folder_adds_no_column(zone: LandingZone, tmp_path: Path) -> None:
    for suffix, content in (("csv", CSV), ("parquet", as_parquet(CSV, tmp_path))):
        zone.write(f"{FOLDER}/Region__c=x/2026-01-05.{suffix}", content)
    zone.load()
    assert zone.rows("select count(*) from raw.generic__opportunities where _custom like '%x%'") == [(0,)]


def test_a_crash_between_files_leaves_whole_files_and_the_next_load_goes_on(
    zone: LandingZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.write(f"{FOLDER}/2026-01-05.csv", CSV)
    zone.write(f"{FOLDER}/2026-01-06.csv", CSV)
    from dagster_project.lib.ingest import load

    written = load.store_entry
    calls = itertools.count()

    def crash(con: duckdb.DuckDBPyConnection, entry: load.FileReport) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        written(con, entry)

    monkeypatch.setattr(load, "store_entry", crash)
    with pytest.raises(KeyboardInterrupt):
        zone.load()
    monkeypatch.undo()
    assert zone.rows("select count(*), count(distinct _file) from raw.generic__opportunities") == [(3, 1)]
    zone.close()
    assert [report.status for report in zone.load(loaded_at=LOADED_AT).files] == ["repeated", "loaded"]
    assert zone.rows("select count(*) from raw.generic__opportunities") == [(6,)]
