"""Personal data stays in the build warehouse: what may be shown of a value in logs, metadata and summaries.

Which columns are personal is declared in the contracts; an undeclared column is personal. Published marts don't pass
here: their columns are chosen in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dagster_project.lib.contracts import Source

UNDECLARED_COLUMNS = frozenset({"custom_fields", "_custom", "record"})


def personal_columns(sources: Iterable[Source]) -> frozenset[str]:
    """Every column name that some contract marks personal, and those that carry undeclared columns."""
    declared = {
        column.name
        for source in sources
        for source_object in source.objects
        for column in source_object.columns
        if column.personal
    }
    return UNDECLARED_COLUMNS | declared


def hide_personal(row: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """The row with the values of `hidden` columns replaced by their length."""
    return {name: hide(value) if name in hidden else value for name, value in row.items()}


def hide(value: Any) -> str | None:
    """What may be shown of a personal value: that it is there, and its length."""
    return None if value is None else f"(personal, {len(str(value))} characters)"
