"""Quoting of names and values for SQL text. Everything that comes from a file or a contract goes through here."""

from __future__ import annotations

from collections.abc import Iterable


def name(text: str) -> str:
    """A quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str | None) -> str:
    """A text literal, or null."""
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """A list literal of texts."""
    return "[" + ", ".join(text(value) for value in values) + "]"


def flag(value: bool) -> str:
    """A boolean literal."""
    return "true" if value else "false"
