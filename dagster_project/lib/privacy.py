"""Personal data stays in the build warehouse: what may be shown of a value in logs, metadata and summaries.

Which columns are personal is declared in the contracts; an undeclared column is personal. Published marts don't pass
here: their columns are chosen in SQL.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from dagster_project.lib.contracts import Source
from dagster_project.lib.files import write_private
from dagster_project.lib.settings import Settings

# An address, or a letter and a word after it, as in a name: what shifted fields bring into a column of numbers.
# The dbt macro `looks_personal` says the same in SQL.
_LOOKS_PERSONAL = re.compile(r"@|[^\W\d_][\s,.;']+[^\W\d_]{2}")
UNDECLARED_COLUMNS = frozenset({"custom_fields", "_custom", "record"})


def personal_columns(sources: Iterable[Source]) -> frozenset[str]:
    """Every column name that some contract or mapping marks personal, and those that carry undeclared columns."""
    sources = list(sources)
    declared = {
        column.name
        for source in sources
        for source_object in source.objects
        for column in source_object.columns
        if column.personal
    }
    lifted = {lift.column for source in sources for lift in source.lifts if lift.personal}
    return UNDECLARED_COLUMNS | declared | lifted


def hide_personal(row: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """The row with the values of `hidden` columns, and every e-mail address, replaced by their length."""
    return {name: hide(value) if name in hidden or "@" in str(value) else value for name, value in row.items()}


def hide(value: Any) -> str | None:
    """What may be shown of a personal value: that it is there, and its length."""
    return None if value is None else f"(personal, {len(str(value))} characters)"


def looks_personal(value: object) -> bool:
    """Whether a value of a column that isn't personal looks like an address or a name all the same."""
    return isinstance(value, str) and _LOOKS_PERSONAL.search(value) is not None


def shown_name(column: str) -> str:
    """What may be shown of a column's name in a file: keys of a JSON object are names too, and may be addresses."""
    return f"(a name of {len(column)} characters)" if "@" in column else column


def read_salt(settings: Settings) -> str:
    """The salt of published hashes: the environment's, else one that is made once and kept in the home folder."""
    if settings.salt:
        return settings.salt
    path = settings.salt_path
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_private(path) as stream:
            stream.write(secrets.token_hex(32))
    return path.read_text(encoding="utf-8")
