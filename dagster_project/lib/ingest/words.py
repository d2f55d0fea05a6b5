"""Texts that stand for something else: words for nothing, and the several spellings of one id. SQL expressions."""

from __future__ import annotations

import re

NULL_WORDS = ("null", "none", "n/a", "nan", "\\n")
"""Words, in lower case, that tools and people write where there is nothing."""
_LONGEST = 12
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_STANDARD = r"'(00[0-9A-Za-z]|701)[0-9A-Za-z]{2}0[0-9A-Za-z]{9}'"
"""15 characters as Salesforce's own objects begin: prefix, instance, a zero."""


def given(expression: str) -> str:
    """The text, or null where it is empty or a word for nothing."""
    listed = "|".join(re.escape(word) for word in NULL_WORDS)
    return (
        f"case when {expression} = '' then null when strlen({expression}) > {_LONGEST} "
        f"or not regexp_full_match({expression}, '(?i) *({listed})? *') then {expression} end"
    )


def identifier(expression: str) -> str:
    """An id as it was before a tool made a number of it: `501.0` -> `501`; a Salesforce id, plainly one, in full.

    Fifteen characters are taken for Salesforce's where they begin as those of its own objects and hold a letter.
    """
    return (
        f"case when strlen({expression}) = 15 and regexp_full_match({expression}, {_STANDARD}) "
        f"and regexp_matches({expression}, '[A-Za-z]') then {_in_full(expression)} else {_whole(expression)} end"
    )


def salesforce_id(expression: str) -> str:
    """An id in the 18 characters that tell it apart also where case is lost; of another length, as it is.

    Source: Salesforce's own rule. Of each five characters the capitals are the bits of one more, first one lowest.
    """
    return (
        f"case when strlen({expression}) = 18 then {expression} "
        f"when strlen({expression}) = 15 and regexp_full_match({expression}, '[0-9A-Za-z]{{15}}') "
        f"then {_in_full(expression)} else {_whole(expression)} end"
    )


def _whole(expression: str) -> str:
    return (
        f"case when {expression} like '%.0%' and regexp_full_match({expression}, '[0-9]+\\.0+') "
        f"then split_part({expression}, '.', 1) else {expression} end"
    )


def _in_full(expression: str) -> str:
    capitals = f"regexp_replace(regexp_replace({expression}, '[^A-Z]', '0', 'g'), '[A-Z]', '1', 'g')"
    checks = (
        f"substr('{_DIGITS}', 1 + reverse(substr({capitals}, {first}, 5))::bit::integer, 1)" for first in (1, 6, 11)
    )
    return " || ".join([expression, *checks])
