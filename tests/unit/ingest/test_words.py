"""Words for nothing and the spellings of ids, from text to raw table."""

from __future__ import annotations

import duckdb
import pytest
from landing_zone import LandingZone

from dagster_project.lib.ingest import words

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
OPPORTUNITY = "salesforce/Opportunity"
HEADER = "Id,AccountId,Name,StageName,Amount,OwnerId,NextStep,CreatedDate,SystemModstamp"


def in_full(identifier: str) -> str:
    """The 18 characters of an id of 15, by the published rule: of five characters the first is the lowest bit."""
    groups = [identifier[first : first + 5] for first in (0, 5, 10)]
    return identifier + "".join(
        ALPHABET[sum(2**place for place, character in enumerate(group) if "A" <= character <= "Z")] for group in groups
    )


def read(expression: str, text: str | None) -> str | None:
    row = duckdb.execute(f"select {expression} from (select ?::varchar as t)", [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0015e00000AbCdE", "0015e00000AbCdEAAV"),
        ("0065e00000FifTn", "0065e00000FifTnAAJ"),
        ("a0K1t00000ZZZZZ", "a0K1t00000ZZZZZEAf"[:15] + "EAf"),
        ("001000000000001", "001000000000001AAA"),
        ("001000000000001AAA", "001000000000001AAA"),
        ("0065e00000FifTnAAJ", "0065e00000FifTnAAJ"),
        ("00-5e00000AbCdE", "00-5e00000AbCdE"),
        ("K1", "K1"),
        ("501.0", "501"),
        (None, None),
    ],
)
def test_a_salesforce_id_has_eighteen_characters(text: str | None, value: str | None) -> None:
    if text is not None and text.startswith("a0K1"):
        value = in_full(text)
    assert read(words.salesforce_id("t"), text) == value


def test_the_check_characters_follow_from_the_capitals_of_any_id() -> None:
    for number in range(2**15):
        letters = "".join("B" if number >> place & 1 else "b" for place in range(15))
        if number % 997 == 0:
            assert read(words.salesforce_id("t"), letters) == in_full(letters)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("501.0", "501"),
        ("501.00", "501"),
        ("501.5", "501.5"),
        ("v1.0", "v1.0"),
        ("5.01e+17", "5.01e+17"),
        ("123456789012345", "123456789012345"),
        ("006123012345678", "006123012345678"),
        ("abcdefghijklmno", "abcdefghijklmno"),
        ("0065e00000FifTn", "0065e00000FifTnAAJ"),
        ("7015e00000FifTn", in_full("7015e00000FifTn")),
        ("Ada Example", "Ada Example"),
    ],
)
def test_any_other_id_keeps_its_spelling_but_that_of_a_number(text: str, value: str) -> None:
    assert read(words.identifier("t"), text) == value


@pytest.mark.parametrize("text", ["", "null", "NULL", "Null", "None", "N/A", "nan", "NaN", "\\N", " null ", "  "])
def test_words_for_nothing_are_nothing(text: str) -> None:
    assert read(words.given("t"), text) is None


@pytest.mark.parametrize("text", ["nul", "Nonesuch", "0", "-", "n.a.", "none of these", " x "])
def test_other_words_are_kept_as_they_are(text: str) -> None:
    assert read(words.given("t"), text) == text


def test_two_spellings_of_an_id_are_one_record(zone: LandingZone) -> None:
    zone.write(
        f"{OPPORTUNITY}/2026-01-31.csv", f"{HEADER}\n0065e00000FifTn,,,New,1,0055e00000AeTwO,,2026-01-01,2026-01-02\n"
    )
    zone.write(
        f"{OPPORTUNITY}/2026-02-28.csv",
        f"{HEADER}\n0065e00000FifTnAAJ,,,New,2,0055e00000AeTwOAAV,,2026-01-01,2026-02-02\n",
    )
    zone.load("Opportunity", "salesforce")
    assert zone.rows("select distinct id, _key, owner_id from raw.salesforce__opportunity") == [
        ("0065e00000FifTnAAJ", "0065e00000FifTnAAJ", "0055e00000AeTwOAAV")
    ]


def test_ids_that_a_tool_made_numbers_of_are_the_same_ids(zone: LandingZone) -> None:
    header = "deal_id,owner_id,property_dealname,property_hs_lastmodifieddate"
    zone.write("hubspot/deal/2026-01-31.csv", f"{header}\n9001.0,501.0,501.0,2026-01-02\n")
    zone.write("hubspot/deal/2026-02-28.csv", f"{header}\n9001,501,501.0,2026-02-02\n")
    zone.load("deal", "hubspot")
    assert zone.rows("select distinct deal_id, _key, owner_id, property_dealname from raw.hubspot__deal") == [
        ("9001", "9001", "501", "501.0")
    ]


def test_names_and_prose_keep_words_that_stand_for_nothing_elsewhere(zone: LandingZone) -> None:
    zone.write(
        f"{OPPORTUNITY}/2026-01-31.csv",
        f"{HEADER},Region__c\n006A,null,None,New,NULL,n/a,N/A,2026-01-01,2026-01-02,null\n",
    )
    report = zone.load("Opportunity", "salesforce")
    assert report.rows_quarantined == 0
    assert zone.rows(
        "select account_id, name, stage_name, amount, owner_id, next_step, _custom from raw.salesforce__opportunity"
    ) == [(None, "None", "New", None, None, "N/A", '{"Region__c":"null"}')]


def test_a_mapping_may_translate_a_word_for_nothing_and_ask_for_one(zone: LandingZone) -> None:
    zone.write_mapping(
        "source: crm\nextends: generic\nextract_time: [{path: '(\\d{4}-\\d{2}-\\d{2})'}]\nfeeds:\n"
        "  - file: crm/*.csv\n    object: opportunities\n    where: {Kind: not_null}\n"
        "    columns: {opportunity_id: Id, stage: Stage}\n    translate: {stage: {None: Open}}\n"
    )
    zone.write("crm/2026-01-05.csv", "Id,Kind,Stage\n1,deal,None\n2,null,None\n3,deal,null\n")
    zone.load()
    assert zone.rows("select opportunity_id, stage from raw.generic__opportunities order by all") == [
        ("1", "Open"),
        ("3", None),
    ]


def test_rows_of_a_file_that_is_gone_get_the_same_spellings(zone: LandingZone) -> None:
    path = zone.write(
        f"{OPPORTUNITY}/2026-01-31.csv", f"{HEADER}\n0065e00000FifTnAAJ,,None,New,1,x,,2026-01-01,2026-01-02\n"
    )
    zone.load("Opportunity", "salesforce")
    zone.rows(
        "update raw.salesforce__opportunity set id = '0065e00000FifTn', _key = '0065e00000FifTn', owner_id = 'null', "
        "created_date = '0001-01-01', system_modstamp = '2203-01-01', _version_at = '2203-01-01'"
    )
    zone.rows("update raw.plumbline_files set definition_hash = 'as it was'")
    path.unlink()
    for _ in range(2):
        zone.load("Opportunity", "salesforce")
        assert zone.rows(
            "select id, _key, owner_id, name, created_date, system_modstamp, _version_at = _extracted_at "
            "from raw.salesforce__opportunity"
        ) == [("0065e00000FifTnAAJ", "0065e00000FifTnAAJ", None, "None", None, None, True)]
        assert zone.rows("select column_name, value from raw.plumbline_unread_values order by 1") == [
            ("created_date", "0001-01-01 00:00:00"),
            ("system_modstamp", "2203-01-01 00:00:00"),
        ]
