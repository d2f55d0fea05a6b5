"""The known name that is nearest to an unknown one: what people meant when they mistyped."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from dagster_project.lib.contracts import normalize_name

CLOSE_ENOUGH = 0.6


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that reads most like `name`, without case and underscores; None where none is near."""
    by_normal = {normalize_name(other): other for other in sorted(known, reverse=True) if other}
    found = difflib.get_close_matches(normalize_name(name), sorted(by_normal), n=1, cutoff=CLOSE_ENOUGH)
    return by_normal[found[0]] if found else None


def nearest_said(name: str, known: Iterable[str]) -> str:
    """` (nearest: 'Value')`, or nothing where no known name is near."""
    found = nearest(name, known)
    return f" (nearest: {found!r})" if found is not None else ""
