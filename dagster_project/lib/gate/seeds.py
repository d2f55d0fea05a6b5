"""Reads the governance seeds as the gate needs them, refusing a bad cell with file, line, column, value and remedy."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from dagster_project.lib.gate.results import SEVERITIES, GateError, Severity


@dataclass(frozen=True)
class SeedRow:
    """One row of a seed with its line in the file."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def optional(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()

    def required(self, column: str) -> str:
        value = self.optional(column)
        if not value:
            raise self.refuse(column, "a value is needed")
        return value

    def one_of(self, column: str, allowed: tuple[str, ...]) -> str:
        value = self.required(column)
        if value not in allowed:
            raise self.refuse(column, f"use one of {', '.join(allowed)}")
        return value

    def severity(self) -> Severity:
        value = self.required("severity")
        for severity in SEVERITIES:
            if value == severity:
                return severity
        raise self.refuse("severity", f"use one of {', '.join(SEVERITIES)}")

    def number(self, column: str) -> Decimal:
        try:
            number = Decimal(self.required(column))
        except InvalidOperation as error:
            raise self.refuse(column, "give a number") from error
        if not number.is_finite():
            raise self.refuse(column, "give a number")
        return number

    def share(self, column: str) -> Decimal:
        number = self.number(column)
        if not 0 <= number <= 1:
            raise self.refuse(column, "give a share between 0 and 1 (0.05 means 5 %)")
        return number

    def optional_date(self, column: str) -> date | None:
        value = self.optional(column)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise self.refuse(column, "give a date as YYYY-MM-DD, or nothing") from error

    def refuse(self, column: str, remedy: str) -> GateError:
        return GateError(f"{self.path}, line {self.line}, column {column}, value {self.cells.get(column)!r}: {remedy}.")


def read_seed(path: Path, columns: tuple[str, ...]) -> list[SeedRow]:
    """Rows of the CSV at `path`, which must have `columns`. Raises GateError where it is absent or lacks one."""
    if not path.is_file():
        raise GateError(f"{path}: file not found. Write it with the columns {', '.join(columns)}; it may hold no rows.")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise GateError(
                f"{path}, line 1: column {missing[0]} is missing; found {', '.join(reader.fieldnames or ())}. "
                f"The columns are {', '.join(columns)}."
            )
        rows: list[SeedRow] = []
        for cells in reader:
            if None in cells:
                raise GateError(
                    f"{path}, line {reader.line_num}: {len(cells[None])} more cells than columns. "
                    "Put double quotes around a text that holds a comma."
                )
            rows.append(SeedRow(path, reader.line_num, cells))
        return rows
