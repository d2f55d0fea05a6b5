"""Columns as Arrow arrays and as text, and record ids."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from dagster_project.simulate.export.lines import csv_lines, json_lines
from dagster_project.simulate.frames import NULL
from dagster_project.simulate.records import ids
from dagster_project.simulate.records.names import addresses, company_domains, company_names, person_names
from dagster_project.simulate.records.tables import Column, cents, day, flag, instant, label, number, record, text

_AT = np.array([1_772_352_300, NULL, 951_782_399])  # 2026-03-01 08:05:00 and 2000-02-28 23:59:59
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _checked(identifier: str) -> str:
    """The 18 characters of a 15-character id: Salesforce's rule, character by character."""
    suffix = ""
    for group in (identifier[:5], identifier[5:10], identifier[10:]):
        suffix += (_CAPITALS + "012345")[sum(1 << place for place, one in enumerate(group) if one in _CAPITALS)]
    return identifier + suffix


@pytest.mark.parametrize(
    ("column", "typed", "kind", "written"),
    [
        (text(np.array(["a", "", "ü"])), ["a", None, "ü"], pa.string(), ["a", "", "ü"]),
        (text(pa.array(["a", None, ""])), ["a", None, None], pa.string(), ["a", "", ""]),
        (instant(_AT), [datetime(2026, 3, 1, 8, 5), None, datetime(2000, 2, 28, 23, 59, 59)], pa.timestamp("ms"),  # noqa: DTZ001 (UTC and naive)
         ["2026-03-01T08:05:00.000Z", "", "2000-02-28T23:59:59.000Z"]),
        (day(_AT), [date(2026, 3, 1), None, date(2000, 2, 28)], pa.date32(), ["2026-03-01", "", "2000-02-28"]),
        (cents(np.array([-5, NULL, 1_234_500])), [Decimal("-0.05"), None, Decimal("12345.00")],
         pa.decimal128(18, 2), ["-0.05", "", "12345.00"]),
        (Column("millionths", np.array([1_084_210, NULL, 1])), [Decimal("1.084210"), None, Decimal("0.000001")],
         pa.decimal128(18, 6), ["1.084210", "", "0.000001"]),
        (number(np.array([-7, NULL, 0])), [-7, None, 0], pa.int64(), ["-7", "", "0"]),
        (record(np.array([ids.record_ids("User", np.array([61]))[0], NULL, ids.record_ids("Lead", np.array([9]))[0]])),
         ["0055f0000000010AAA", None, "00Q5f000000000AEAQ"], pa.string(),
         ["0055f0000000010AAA", "", "00Q5f000000000AEAQ"]),
        (flag(np.array([True, False, True])), [True, False, True], pa.bool_(), ["true", "false", "true"]),
        (label(("x", "", "y", "x"), np.array([3, 1, NULL])), ["x", None, None],
         pa.dictionary(pa.int32(), pa.string()), ["x", "", ""]),
    ],
)  # fmt: skip
def test_a_column_is_typed_in_arrow_and_written_as_text(
    column: Column, typed: list[object], kind: pa.DataType, written: list[str]
) -> None:
    array = column.as_arrow()
    array.validate(full=True)
    column.as_strings().validate(full=True)
    assert array.type == kind
    assert array.to_pylist() == typed
    assert column.as_strings().to_pylist() == column.as_text().tolist() == written
    order = np.array([2, 0])
    assert column.take(order).as_arrow().to_pylist() == [typed[2], typed[0]]
    assert column.take(np.array([], dtype=np.int64)).as_arrow().to_pylist() == []
    assert column.take(np.array([], dtype=np.int64)).as_strings().to_pylist() == []


def test_label_dictionaries_hold_each_word_once() -> None:
    """Parquet's writer takes a dictionary as it is: a word in it twice would shift the rows."""
    array = label(("Pipeline", "Pipeline", "", "Closed"), np.array([0, 1, 2, 3, NULL])).as_arrow()
    assert array.dictionary.to_pylist() == ["Pipeline", "Closed"]
    assert array.to_pylist() == ["Pipeline", "Pipeline", None, "Closed", None]


def test_record_ids_end_in_salesforces_checksum() -> None:
    assert _checked("001A0000006Vm9u") == "001A0000006Vm9uIAC"  # Salesforce's own example
    numbers = np.concatenate([np.arange(200), 62 ** np.arange(2, 8), 62**7 * np.arange(2, 60), [10**12, 10**15]])
    for entity, prefix in ids.PREFIXES.items():
        written = ids.id_array(ids.record_ids(entity, numbers), nullable=False).to_pylist()
        assert all(one == _checked(one[:15]) for one in written)
        assert {one[:3] for one in written} == {prefix}
        assert len(set(written)) == len(numbers)


def test_ids_are_in_number_order_and_can_be_told_apart() -> None:
    numbers = np.array([0, 9, 61, 62, 238_327, 238_328, 14_776_335, 10**9])
    column = record(np.append(ids.record_ids("Task", numbers, 10_000_000), NULL))
    written = column.as_strings().to_pylist()
    assert written[:-1] == sorted(written[:-1])
    assert written[-1] == ""
    assert column.as_arrow().to_pylist() == [*written[:-1], None]
    assert column.as_text().tolist() == written
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    back = [
        sum(digits.index(one) * 62**place for place, one in enumerate(reversed(name[6:15]))) for name in written[:-1]
    ]
    assert back == (numbers + 10_000_001).tolist()


def test_lines_quote_what_needs_it_and_nothing_else() -> None:
    words = ["plain", 'a "quoted" word', "comma, here", "line\nend", "", "back\\slash"]
    columns = {
        "Text": text(np.array(words)),
        "Label": label(words, np.arange(len(words))),
        "Flag": flag(np.arange(len(words)) > 2),
        "Amount": cents(np.array([100, NULL, 2, 3, 4, 5])),
    }
    body = "".join(csv_lines(columns).to_pylist())
    amounts, flags = ["1.00", "", "0.02", "0.03", "0.04", "0.05"], ["false"] * 3 + ["true"] * 3
    expected = [list(row) for row in zip(words, words, flags, amounts, strict=True)]
    assert list(csv.reader(io.StringIO(body))) == expected
    assert body.startswith("plain,plain,false,1.00\n")
    rows = [json.loads(line) for line in json_lines(columns).to_pylist()]
    assert [row["Text"] for row in rows] == [row["Label"] for row in rows] == [word or None for word in words]
    assert [row["Flag"] for row in rows] == [False] * 3 + [True] * 3
    assert [row["Amount"] for row in rows] == [amount or None for amount in amounts]


def test_names_make_addresses() -> None:
    numbers = np.array([0, 7, 528, 12_345])
    people, companies = person_names(numbers), company_names(numbers)
    domains = company_domains(companies)
    assert companies[2].split() == [*companies[0].split(), "2"]
    assert domains[2] == companies[2].lower().replace(" ", "-") + ".example"
    assert addresses(people, numbers, domains).tolist() == [
        f"{person.lower().replace(' ', '.')}.{number}@{domain}"
        for person, number, domain in zip(people, numbers, domains, strict=True)
    ]
