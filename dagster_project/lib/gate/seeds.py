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

    def period(self) -> tuple[date | None, date | None]:
        """valid_from and valid_to, the latter the first day on which the row holds no more."""
        begins, ends = self.optional_date("valid_from"), self.optional_date("valid_to")
        if begins and ends and ends <= begins:
            raise self.refuse("valid_to", f"must be after valid_from, {begins}; it is the first day without the row")
        return begins, ends

    def refuse(self, column: str, remedy: str) -> GateError:
        return GateError(f"{self.path}, line {self.line}, column {column}, value {self.cells.get(column)!r}: {remedy}.")


def read_seed(path: Path, columns: tuple[str, ...]) -> list[SeedRow]:
    """Rows of the CSV at `path`, which must have `columns`. Raises GateError where it is absent or lacks one."""
    rows, mistakes = read_rows(path, columns)
    if mistakes:
        raise mistakes[0]
    return rows


def read_rows(path: Path, columns: tuple[str, ...]) -> tuple[list[SeedRow], list[GateError]]:
    """Rows of the CSV at `path` that can be told apart, and what is wrong with the file and the others."""
    if not path.is_file():
        missing = f"{path}: file not found. Write it with the columns {', '.join(columns)}; it may hold no rows."
        return [], [GateError(missing)]
    try:
        return _rows(path, columns)
    except UnicodeDecodeError as error:
        return [], [GateError(f"{path}: byte {error.start} is not UTF-8. Save the file as CSV in UTF-8.")]
    except csv.Error as error:
        return [], [GateError(f"{path}: this is no CSV ({error}). Save it as CSV with commas.")]


def _rows(path: Path, columns: tuple[str, ...]) -> tuple[list[SeedRow], list[GateError]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        found = tuple(reader.fieldnames or ())
        if len(found) == 1 and len(columns) > 1 and any(mark in found[0] for mark in ";\t"):
            return [], [GateError(f"{path}, line 1: no commas separate the columns. Save the file as CSV with commas.")]
        mistakes = _header_mistakes(path, found, columns)
        rows: list[SeedRow] = []
        for cells in reader:
            extra = len(cells.pop(None, ()))
            if extra:
                place = f"{path}, line {reader.line_num}"
                mistakes.append(
                    GateError(
                        f"{place}: {extra} more cells than columns. Put double quotes around a text that holds a comma."
                    )
                )
            else:
                rows.append(SeedRow(path, reader.line_num, cells))
        return rows, mistakes


def _header_mistakes(path: Path, found: tuple[str, ...], columns: tuple[str, ...]) -> list[GateError]:
    missing = [column for column in columns if column not in found]
    shown = f"found {', '.join(found)}. The columns are {', '.join(columns)}."
    mistakes = [GateError(f"{path}, line 1: column {column} is missing; {shown}") for column in missing]
    for column in dict.fromkeys(found):
        if found.count(column) > 1:
            mistakes.append(GateError(f"{path}, line 1: column {column} stands there twice; keep one of the two."))
    return mistakes
