"""The seeds as rows of text, for looking words up in them. Judging a seed's cells is `lib.gate.seeds`' and dbt's."""

from __future__ import annotations

import csv
from pathlib import Path


def seed_rows(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of `<folder>/<name>.csv`, cells trimmed; none where there is no such file."""
    path = folder / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [
            {column: (value or "").strip() for column, value in row.items() if column is not None}
            for row in csv.DictReader(stream, restval="")
        ]


def key(text: str) -> str:
    """How models compare the words of seeds: without case and outer blanks."""
    return text.strip().lower()
