"""How dates and numbers are written is told by values; what they leave open is said."""

from __future__ import annotations

from datetime import date

import pytest

from dagster_project.lib.first_rules.written import Moments, Numbers, are_booleans, moments_of, numbers_of


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["2026-03-31", "2026-04-01"], ()),
        (["2026-03-31T10:00:00Z", "2026-04-01 08:00:00"], ()),
        (["31/03/2026", "01/04/2026"], ("%d/%m/%Y",)),
        (["03/31/2026", "04/01/2026"], ("%m/%d/%Y",)),
        (["31.03.2026 17:30", "01.04.2026 08:00"], ("%d.%m.%Y %H:%M",)),
        (["3/31/2026, 5:30 PM", "4/1/2026, 8:00 AM"], ("%m/%d/%Y, %I:%M %p",)),
        (["31 Mar 2026", "1 Apr 2026"], ("%d %b %Y",)),
        (["1774915200", "1774915260"], ("epoch_s",)),
        (["1774915200000", "1774915260000"], ("epoch_ms",)),
        (["31.03.2026", "01.04.2026 08:00"], ("%d.%m.%Y", "%d.%m.%Y %H:%M")),
    ],
)
def test_formats_of_dates(values: list[str], formats: tuple[str, ...]) -> None:
    found = moments_of(values, "timestamp", day_first=False)
    assert found is not None
    assert sorted(found.formats) == sorted(formats)
    assert found.otherwise is None


def test_what_values_leave_open_is_decided_by_what_can_be_true_and_said_otherwise() -> None:
    unclear = ["03/04/2026", "05/06/2026"]
    assert moments_of(unclear, "date", day_first=False) == Moments(("%m/%d/%Y",), "%d/%m/%Y")
    assert moments_of(unclear, "date", day_first=True) == Moments(("%d/%m/%Y",), "%m/%d/%Y")
    assert moments_of(["05/01/2025", "02/12/2025"], "date", day_first=False, not_after=date(2026, 3, 31)) == Moments(
        ("%m/%d/%Y",), "%d/%m/%Y"
    )
    assert moments_of(["05/01/2026", "02/03/2026"], "date", day_first=False, not_after=date(2026, 3, 31)) == Moments(
        ("%d/%m/%Y",)
    )


@pytest.mark.parametrize("values", [["soon", "later"], ["12", "13"], []])
def test_what_is_no_date(values: list[str]) -> None:
    assert moments_of(values, "date", day_first=True) is None


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["1234.50", "-7"], Numbers()),
        (["1,234.50", "12"], Numbers(".", ",")),
        (["1.234,50", "12,00"], Numbers(",", ".")),
        (["1 234,50", "12,00"], Numbers(",", " ")),
        (["$1,234.50", "$12"], Numbers(".", ",", has_currency=True)),
        (["EUR 12,50", "EUR 3,10"], Numbers(",", None, has_currency=True)),
        (["$1.5M", "20K"], Numbers(".", None, has_currency=True, suffixes=(("K", 1000), ("M", 1000000)))),
        (["1.234", "5.000"], Numbers(otherwise="points may be thousands")),
        (["1,234", "5,000"], Numbers(".", ",", otherwise="commas may be decimal marks")),
    ],
)
def test_marks_of_numbers(values: list[str], numbers: Numbers) -> None:
    assert numbers_of(values) == numbers


@pytest.mark.parametrize("values", [["a", "b"], ["2026-03-31"], []])
def test_what_is_no_number(values: list[str]) -> None:
    assert numbers_of(values) is None


def test_booleans() -> None:
    assert are_booleans(["true", "No", "1"])
    assert not are_booleans(["true", "maybe"])
    assert not are_booleans([])
