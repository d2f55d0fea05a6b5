"""Files as they are written: dates and epochs, encodings, footers, ids made of a row, currencies beside amounts."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import pytest
from landing_zone import LandingZone

from dagster_project.lib.ingest import FileReport

FEED = "source: crm\nextends: generic\nextract_time: {{constant: '2026-04-01'}}\nfeeds:\n  - file: crm/*\n    object: {object}\n"


def feed(*lines: str, target: str = "opportunities") -> str:
    return FEED.format(object=target) + "".join(f"    {line}\n" for line in lines)


def deals(zone: LandingZone, columns: str) -> list[tuple[object, ...]]:
    return zone.rows(f"select {columns} from raw.generic__opportunities order by all")


def counts(report: FileReport) -> Sequence[int]:
    assert report.rows_read == report.rows_filtered + report.rows_footer + report.rows_in
    assert report.rows_in == report.rows_loaded + report.rows_quarantined
    return report.rows_filtered, report.rows_footer, report.rows_loaded, report.rows_quarantined


@pytest.mark.parametrize(
    ("formats", "text", "instant"),
    [
        ('{created_at: "%m/%d/%Y %I:%M %p"}', "3/31/2026 4:05 PM", "2026-03-31 16:05:00"),
        ('{created_at: "%m/%d/%Y %I:%M %p"}', "3/31/2026 4:05\u202fPM", "2026-03-31 16:05:00"),
        ('{timestamp: ["%d.%m.%Y", iso]}', "31.03.2026", "2026-03-31 00:00:00"),
        ('{timestamp: ["%d.%m.%Y", iso]}', "2026-03-31T10:00:00Z", "2026-03-31 10:00:00"),
        ('{timestamp: "%d.%m.%Y", created_at: epoch_ms}', "1774915200123", "2026-03-31 00:00:00.123"),
        ("{created_at: epoch_s}", "1774915200", "2026-03-31 00:00:00"),
        ("{created_at: epoch_s}", "1774915200.5", "2026-03-31 00:00:00.5"),
        ('{created_at: "%m/%d/%Y"}', "3/31/26", None),
        ("{created_at: epoch_ms}", "2026-03-31", None),
    ],
)
def test_instants_are_read_as_the_mapping_says(zone: LandingZone, formats: str, text: str, instant: str | None) -> None:
    zone.write("crm/a.csv", f"Id;Made\n1;{text}\n")
    zone.write_mapping(feed("columns: {opportunity_id: Id, created_at: Made}", f"formats: {formats}"))
    assert counts(zone.load_one()) == ((0, 0, 1, 0) if instant else (0, 0, 0, 1))
    assert deals(zone, "created_at::varchar") == ([(instant,)] if instant else [])


def test_a_date_told_as_an_instant_keeps_it(zone: LandingZone) -> None:
    """Which day it is the reporting zone says; the midnight of a day is a day, in a zone or as an epoch."""
    zone.write(
        "crm/a.csv", "Id,Close\n1,1774915200000\n2,1774925200000\n3,31.03.2026\n4,2026-03-31T23:00:00Z\n5,2026-03-31\n"
    )
    zone.write_mapping(
        feed("columns: {opportunity_id: Id, close_date: Close}", 'formats: {date: [epoch_ms, "%d.%m.%Y", iso]}')
    )
    zone.load()
    assert deals(zone, "opportunity_id, close_date::varchar, _times") == [
        ("1", "2026-03-31", None),
        ("2", "2026-03-31", '{"close_date":"2026-03-31 02:46:40"}'),
        ("3", "2026-03-31", None),
        ("4", "2026-03-31", '{"close_date":"2026-03-31 23:00:00"}'),
        ("5", "2026-03-31", None),
    ]


def test_a_day_among_instants_is_told_apart(zone: LandingZone) -> None:
    zone.write(
        "crm/a.csv", "Id;Made\n1;3/31/2026\n2;3/31/2026 4:05 PM\n3;2026-03-31\n4;2026-03-31 10:00:00\n5;1774915200\n"
    )
    zone.write_mapping(
        feed(
            "columns: {opportunity_id: Id, created_at: Made}",
            'formats: {timestamp: ["%m/%d/%Y %I:%M %p", "%m/%d/%Y", iso, epoch_s]}',
            "timezone: America/New_York",
        )
    )
    zone.load()
    assert deals(zone, "opportunity_id, created_at::varchar, _times") == [
        ("1", "2026-03-31 00:00:00", '{"created_at":"day"}'),
        ("2", "2026-03-31 20:05:00", None),
        ("3", "2026-03-31 00:00:00", '{"created_at":"day"}'),
        ("4", "2026-03-31 14:00:00", None),
        ("5", "2026-03-31 00:00:00", None),
    ]


def test_an_extract_time_is_read_by_the_formats(zone: LandingZone) -> None:
    zone.write("crm/a.csv", "Id,Seen\n1,31.03.2026 10:00\n2,2026-03-31 11:00:00\n")
    zone.write_mapping(
        feed("columns: {opportunity_id: Id}", 'formats: {timestamp: "%d.%m.%Y %H:%M"}').replace(
            "{constant: '2026-04-01'}", "{column: Seen}"
        )
    )
    assert counts(zone.load_one()) == (0, 0, 2, 0)
    assert deals(zone, "_extracted_at::varchar") == [("2026-03-31 10:00:00",), ("2026-03-31 11:00:00",)]


TEXT = "Nr;Name;Wert;Abschluss\r\n1;Müller & Söhne \u2013 neu;1.117,10 €;31.03.2026\r\n2;Œuvre;;01.04.2026\r\n"
GERMAN = (
    "columns: {opportunity_id: Nr, opportunity_name: Name, amount: Wert, close_date: Abschluss}",
    'numbers: {decimal: ",", group: ".", currency: true}',
    'formats: {date: "%d.%m.%Y"}',
)


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        ("a.csv", TEXT.encode("cp1252"), "cp1252"),
        ("a.csv.gz", gzip.compress(TEXT.encode("cp1252")), "windows-1252"),
        ("a.csv", TEXT.encode("utf-8-sig"), None),
        ("a.csv", TEXT.encode("utf-8-sig"), "cp1252"),
        ("a.csv", TEXT.encode("utf-16"), None),
        ("a.csv.gz", gzip.compress(TEXT.encode("utf-16")), None),
        ("a.csv", "\ufeff".encode("utf-16-be") + TEXT.encode("utf-16-be"), None),
        ("a.csv", TEXT.encode("utf-16-le"), "utf-16-le"),
        ("a.tsv", TEXT.replace(";", "\t").encode("cp1252"), "cp1252"),
    ],
)
def test_text_is_read_in_its_encoding(zone: LandingZone, name: str, content: bytes, encoding: str | None) -> None:
    zone.write(f"crm/{name}", content)
    zone.write_mapping(feed(*GERMAN, *([f"csv: {{encoding: {encoding}}}"] if encoding else [])))
    assert counts(zone.load_one()) == (0, 0, 2, 0)
    assert deals(zone, "opportunity_name, amount::double, currency, close_date::varchar") == [
        ("Müller & Söhne \u2013 neu", 1117.1, "EUR", "2026-03-31"),
        ("Œuvre", None, None, "2026-04-01"),
    ]


def test_a_bad_record_of_another_encoding_is_quarantined_with_its_line(zone: LandingZone) -> None:
    zone.write("crm/a.csv", (TEXT + "3;Zoë\r\n4;ß;viel;\r\n").encode("cp1252"))
    zone.write_mapping(feed(*GERMAN, "csv: {encoding: cp1252}"))
    assert counts(zone.load_one()) == (0, 0, 2, 2)
    assert zone.quarantine() == [
        ("crm/a.csv", 3, 4, None, None, "2 fields where the header has 4", "3;Zoë"),
        ("crm/a.csv", 4, 5, "amount", "viel", "not a decimal number", "4;ß;viel;"),
    ]


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        (TEXT.encode("cp1252"), None, ["line 2", "0xfc", "not valid UTF-8", "csv: {encoding: cp1252}"]),
        (TEXT.encode("cp1252") + b"3;\x81;;\r\n", "cp1252", ["line 4", "0x81", "no text in cp1252"]),
        (TEXT.encode("utf-16") + b"3", None, ["line 4", "no text in utf-16"]),
        (TEXT.encode("utf-16-le"), None, ["zero bytes", "csv: {encoding: utf-16-le}"]),
    ],
)
def test_bytes_that_are_no_text_refuse_the_file(
    zone: LandingZone, content: bytes, encoding: str | None, words: list[str]
) -> None:
    zone.write("crm/a.csv", content)
    zone.write_mapping(feed(*GERMAN, *([f"csv: {{encoding: {encoding}}}"] if encoding else [])))
    report = zone.load_one()
    assert report.status == "refused"
    for word in words:
        assert word in (report.reason or "")


def test_quote_characters_are_the_mappings(zone: LandingZone) -> None:
    zone.write("crm/a.csv", "Id;Name\n1;'a;b'\n2;say \"no\"\n")
    zone.write_mapping(feed("columns: {opportunity_id: Id, opportunity_name: Name}", 'csv: {quote: "\'"}'))
    assert counts(zone.load_one()) == (0, 0, 2, 0)
    assert deals(zone, "opportunity_name") == [("a;b",), ('say "no"',)]


def test_lines_above_the_header_are_passed_over(zone: LandingZone) -> None:
    zone.write("crm/a.csv", 'sep=;\nDeals of March\n"of; 2026"\n\nId;Stage\n1;New\n2;Won;more\n')
    zone.write_mapping(feed("columns: {opportunity_id: Id, stage: Stage}", "csv: {skip: 2}"))
    assert counts(zone.load_one()) == (0, 0, 1, 1)
    assert deals(zone, "opportunity_id, stage") == [("1", "New")]
    assert [row[1:3] for row in zone.quarantine()] == [(2, 7)]


REPORT = (
    "Owner,Id,Amount\nTotal,1,10\nBob,2,20\n\n"
    'Total,,30\n"Grand Totals (2 records)"\nnoise\n"Copyright (c) 2000-2026 Us, Inc."\n'
)


def test_footers_are_set_aside_and_counted(zone: LandingZone) -> None:
    """A record that has an id is one, whatever its first value; what no pattern knows is quarantined."""
    zone.write("crm/a.csv", REPORT)
    zone.write_mapping(
        feed(
            "columns: {opportunity_id: Id, owner_id: Owner, amount: Amount}",
            "footer: ['(grand )?totals?\\b.*', 'copyright.*']",
        )
    )
    assert counts(zone.load_one()) == (0, 3, 2, 1)
    assert deals(zone, "opportunity_id, owner_id, amount::float") == [("1", "Total", 10), ("2", "Bob", 20)]
    assert [row[5:] for row in zone.quarantine()] == [("1 fields where the header has 3", "noise")]
    assert zone.rows("select rows_footer, rows_in from raw.plumbline_files") == [(3, 3)]


def test_a_footer_nobody_declared_is_quarantined(zone: LandingZone) -> None:
    zone.write("crm/a.csv", REPORT)
    zone.write_mapping(feed("columns: {opportunity_id: Id, owner_id: Owner, amount: Amount}"))
    assert counts(zone.load_one()) == (0, 0, 2, 4)


NO_IDS = "Deal,Customer,Stage,Value\nBig,Acme,Open,10\nBig,Nil,Open,20\nBig,Acme,Open,10\n,,Open,5\n"


def test_columns_make_the_id_of_rows_without_one(zone: LandingZone) -> None:
    """The same values make the same id in a later extract, whatever else has changed, and in another feed."""
    mapping = feed(
        "key: [Deal, Customer]",
        "columns: {opportunity_name: Deal, account_id: Customer, stage: Stage, amount: Value}",
    )
    mapping += (
        "  - file: crm/*\n    object: opportunity_changes\n    undeclared: drop\n    key: [Deal, Customer]\n"
        "    where: {Stage: [Won, Lost]}\n    columns: {new_value: Stage, changed_at: Closed}\n    constants: {field: stage}\n"
    )
    zone.write_mapping(mapping)
    zone.write("crm/1.csv", NO_IDS.replace("Value", "Value,Closed").replace("0\n", "0,\n").replace("5\n", "5,\n"))
    assert counts(zone.load_one()) == (0, 0, 3, 1)
    assert [row[3:6] for row in zone.quarantine()] == [("opportunity_id", None, "a required value is missing")]
    first = dict(zone.rows("select distinct account_id, opportunity_id from raw.generic__opportunities"))
    assert len(set(first.values())) == 2
    assert all(made.startswith("row-") and len(made) == 36 for made in first.values())
    zone.write("crm/2.csv", "Customer,Deal,Stage,Value,Closed\nAcme , Big,Won,12,2026-03-31 10:00:00\n")
    zone.load()
    assert zone.rows("select opportunity_id from raw.generic__opportunities where stage = 'Won'") == [(first["Acme"],)]
    zone.load("opportunity_changes")
    assert zone.rows("select opportunity_id, new_value from raw.generic__opportunity_changes") == [
        (first["Acme"], "Won")
    ]


def test_content_makes_the_id_and_repeats_of_a_file_stay(zone: LandingZone) -> None:
    zone.write_mapping(
        feed("key: content", "columns: {contact_id: Who, touched_at: At, touch_type: What}", target="touches").replace(
            "{constant: '2026-04-01'}", "{path: '(\\d{4}-\\d{2}-\\d{2})'}"
        )
    )
    rows = "Who,At,What,Age\nann,2026-01-01,form,1\nann,2026-01-01,form,2\nbob,2026-01-02,form,1\n"
    zone.write("crm/2026-04-01.csv", rows)
    zone.load("touches")
    first = zone.rows("select contact_id, touch_id from raw.generic__touches order by all")
    assert [contact for contact, _ in first] == ["ann", "ann", "bob"]
    assert len({made for _, made in first}) == 3
    zone.write(
        "crm/2026-04-02.csv", "What,Who,At,Age\nform,bob,2026-01-02,2\nform,ann,2026-01-01,3\nform,eve,2026-01-03,0\n"
    )
    zone.load("touches")
    keys = zone.rows("select contact_id, touch_id from raw.generic__touches group by all order by all")
    assert keys[:3] == first
    assert [contact for contact, _ in keys] == ["ann", "ann", "bob", "eve"]


def test_the_first_value_of_several_columns_counts_after_translation(zone: LandingZone) -> None:
    zone.write(
        "crm/a.csv",
        "Status,Stage,Won,Lost,Id\nOpen,Demo,,,1\nWon,Demo,2026-01-02,,2\nLost,Offer,,2026-01-03,3\nOdd,,,,4\n",
    )
    zone.write_mapping(
        feed(
            "columns: {opportunity_id: [Key, Id], stage: [Status, Stage], is_won: Status, closed_at: [Closed, Won, Lost]}",
            'translate: {stage: {Open: ""}, is_won: {Won: true, "*": false}}',
        )
    )
    assert counts(zone.load_one()) == (0, 0, 4, 0)
    assert deals(zone, "opportunity_id, stage, is_won, closed_at::date::varchar, _custom") == [
        ("1", "Demo", False, None, "{}"),
        ("2", "Won", True, "2026-01-02", "{}"),
        ("3", "Lost", False, "2026-01-03", "{}"),
        ("4", "Odd", False, None, "{}"),
    ]


def test_an_amounts_currency_fills_its_row_and_contradicts_none(zone: LandingZone) -> None:
    zone.write("crm/a.csv", "Id,Amount,Currency\n1,EUR 5,\n2,$5,\n3,$5,CAD\n4,USD 5,EUR\n5,eur 5,EUR\n6,5 EUR,eur\n")
    zone.write_mapping(
        feed("columns: {opportunity_id: Id, amount: Amount, currency: Currency}", "numbers: {currency: true}")
    )
    assert counts(zone.load_one()) == (0, 0, 4, 2)
    assert deals(zone, "opportunity_id, currency") == [("1", "EUR"), ("2", None), ("3", "CAD"), ("6", "eur")]
    assert [row[1:6] for row in zone.quarantine()] == [
        (4, 5, "amount", "USD 5", "in another currency than its row says"),
        (5, 6, "amount", "eur 5", "not a decimal number"),
    ]


def test_a_currency_beside_amounts_is_a_column_that_the_file_has(zone: LandingZone) -> None:
    zone.write("crm/a.csv", "Id,Amount\n1,EUR 5\n")
    zone.write_mapping(feed("columns: {opportunity_id: Id, amount: Amount}", "numbers: {currency: true}"))
    report = zone.load_one()
    assert "currency" not in report.missing_columns
    assert deals(zone, "currency") == [("EUR",)]


def test_plain_values_are_conditions(zone: LandingZone) -> None:
    zone.write("crm/a.csv", "Id,Stage,Kind\n1,Won,New\n2,Lost,New\n3,Open,New\n4,Won,Old\n")
    zone.write_mapping(feed("columns: {opportunity_id: Id}", "where: {Stage: [Won, Lost], Kind: New}"))
    assert counts(zone.load_one()) == (2, 0, 2, 0)
    assert deals(zone, "opportunity_id") == [("1",), ("2",)]


def test_a_feed_that_is_optional_leaves_files_without_its_columns_alone(zone: LandingZone) -> None:
    zone.write("crm/a.csv", "Id,Stage\n1,Won\n")
    mapping = feed("optional: true", "columns: {opportunity_id: Number}")
    zone.write_mapping(mapping)
    assert zone.load().files == []
    zone.write_mapping(mapping.replace("optional: true", "optional: false"))
    assert [report.status for report in zone.load().files] == ["refused"]
