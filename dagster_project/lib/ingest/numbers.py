"""Numbers as people write them -> plain notation, as SQL expressions: `1.117,10 €`, `USD 1,234.50`, `(5.2K)`.

What a mapping's `numbers` doesn't allow becomes null, so that the row goes to quarantine and no number is guessed.
"""

from __future__ import annotations

import re

from dagster_project.lib.contracts import Numbers, SourceObject
from dagster_project.lib.ingest import sql

NUMBER_TYPES = ("integer", "decimal", "double")
CURRENCY_COLUMNS = ("currency", "currency_iso_code", "property_deal_currency_code")
"""Columns that say in which currency a row's amounts are; an object has one of them or none."""
OTHER_CURRENCY = "in another currency than its row says"

_CODES = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₺": "TRY", "₴": "UAH", "₪": "ILS", "₱": "PHP", "฿": "THB",
    "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "R$": "BRL",
    "S$": "SGD", "zł": "PLN", "Kč": "CZK", "Ft": "HUF",
}  # fmt: skip
"""Signs of one currency only. `$`, `¥` and `kr` are those of several, so they say nothing of which."""
_MARK = r"[A-Z]{0,3}\p{Sc}|[A-Z]{3}|zł|Kč|Ft|Fr\.|kr\.?"
_BLANKS = "\u00a0\u2007\u2009\u202f"
_APOSTROPHE = "\u2019"
_ALIKE = {"'": "'" + _APOSTROPHE, _APOSTROPHE: "'" + _APOSTROPHE}
_PARTS = ("opened", "sign", "before", "sign_after", "whole", "fraction", "suffix", "after", "closed")


def plain(expression: str, numbers: Numbers) -> str:
    """SQL of the text in plain notation, null where the text isn't a number as `numbers` has it."""
    group = _class(numbers.group)
    digits = "replace(m.fraction, " + sql.text(numbers.decimal) + ", '.')"
    whole = f"regexp_replace(m.whole, {sql.text(group)}, '', 'g')" if group else "m.whole"
    sign = "case when m.opened = '(' or m.sign = '-' or m.sign_after = '-' then '-' else '' end"
    value = f"{sign} || {whole} || {digits}"
    if numbers.suffixes:
        factors = " ".join(
            f"when m.suffix = {sql.text(suffix)} then {_multiplied(value, factor)}"
            for suffix, factor in numbers.suffixes
        )
        value = f"case {factors} else {value} end"
    is_one = (
        "m.whole || m.fraction <> '' and (m.opened = '(') = (m.closed = ')') "
        "and length(m.opened || m.sign || m.sign_after) <= 1 "
        f"and (m.before = m.after or not ({_is_code('m.before')} and {_is_code('m.after')}))"
    )
    return _bound(expression, numbers, f"case when {is_one} then {value} end")


def code(expression: str, numbers: Numbers) -> str:
    """SQL of the ISO code of the currency that stands beside the number; null where none does that says which."""
    codes = " ".join(f"when {_is_code(mark)} then {mark}" for mark in ("m.before", "m.after"))
    cases = " ".join(f"when {sql.text(sign)} then {sql.text(name)}" for sign, name in _CODES.items())
    sign = "coalesce(nullif(m.before, ''), m.after)"
    return _bound(expression, numbers, f"case {codes} else case {sign} {cases} end end")


def currency_column(target: SourceObject, numbers: Numbers | None) -> str | None:
    """The column that an amount's currency fills, where the mapping allows one beside numbers."""
    if numbers is None or not numbers.currency:
        return None
    return next((name for name in CURRENCY_COLUMNS if target.column(name) is not None), None)


def _is_code(mark: str) -> str:
    return f"regexp_full_match({mark}, '[A-Z]{{3}}')"


def _bound(expression: str, numbers: Numbers, result: str) -> str:
    """`result` over m, the parts of the number."""
    parts = ", ".join(sql.text(name) for name in _PARTS)
    blanks = sql.text(_BLANKS + "\u2212")
    text = f"trim(translate({expression}, {blanks}, {sql.text(' ' * len(_BLANKS) + '-')}))"
    match = f"regexp_extract({text}, {sql.text(_pattern(numbers))}, [{parts}])"
    return f"list_transform([{match}], lambda m: {result})[1]"


def _pattern(numbers: Numbers) -> str:
    group = _class(numbers.group)
    decimal = re.escape(numbers.decimal)
    whole = rf"\d{{1,3}}(?:{group}\d{{2,3}})*{group}\d{{3}}|\d*" if group else r"\d*"
    mark = f"(?:{_MARK})?" if numbers.currency else ""
    suffixes = "|".join(re.escape(suffix) for suffix, _ in sorted(numbers.suffixes, key=lambda pair: -len(pair[0])))
    suffix = f"(?:{suffixes})?" if suffixes else ""
    return rf"^(\(?) *([-+]?) *({mark}) *([-+]?) *({whole})((?:{decimal}\d*)?) *({suffix}) *({mark}) *(\)?)$"


def _class(marks: tuple[str, ...]) -> str:
    characters = "".join(_ALIKE.get(mark, mark) for mark in marks)
    return "[" + "".join(re.escape(character) for character in characters) + "]" if characters else ""


def _multiplied(value: str, factor: str) -> str:
    return f"try(try_cast({value} as decimal(18, 9)) * {sql.text(factor)}::decimal(19, 6))::decimal(38, 6)::varchar"
