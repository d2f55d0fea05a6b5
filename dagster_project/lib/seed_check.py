"""Every mistake of the seeds at once, before dbt reads them: a line each, with file, line, column, value and remedy."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import yaml

from dagster_project.lib.dbt_project import DBT_PROJECT_PATH, PROJECT_FILE, missing_seeds
from dagster_project.lib.gate.results import GateError
from dagster_project.lib.gate.seeds import SeedRow, read_rows
from dagster_project.lib.gate.stage_rules import CUSTOM, RULE_FIELDS, rule_of
from dagster_project.lib.gate.tolerances import MEASURES, TOLERANCES_SEED, tolerance_of
from dagster_project.lib.seed_rules import SEEDS, Bounds, Seed

_TYPES = {
    "bigint": "give a whole number",
    "boolean": "write true or false",
    "date": "give a date as YYYY-MM-DD",
}
_Tables = Mapping[str, Sequence[SeedRow]]


def seed_mistakes(folder: Path, source_names: Collection[str] | None = None) -> list[str]:
    """One line per mistake of the seeds in `folder`, file by file; none where dbt can use them all.

    With `source_names`, a source that a seed names must be one of them.
    """
    lacking = missing_seeds(folder)
    if lacking:
        return [lacking]
    tables: dict[str, list[SeedRow]] = {}
    found: dict[str, list[GateError]] = defaultdict(list)
    types = column_types()
    for name in SEEDS:
        path = folder / f"{name}.csv"
        tables[name], found[name] = read_rows(path, tuple(types[name]))
        found[name] += _unknown_columns(tables[name], types[name])
    with duckdb.connect() as connection:
        for name, rows in tables.items():
            found[name] += _type_mistakes(connection, rows, types[name])
    for name, seed in SEEDS.items():
        found[name] += _row_mistakes(name, seed, tables)
        found[name] += _twice(seed, tables[name])
    if source_names is not None:
        found["pipelines"] += _unknown(
            tables["pipelines"], "source_name", source_names, "no contract or mapping has it"
        )
    return [_line(mistake) for name in SEEDS for mistake in _in_order(found[name])]


def column_types() -> dict[str, dict[str, str]]:
    """Seed -> column -> its type in DuckDB, as the dbt project declares them."""
    project = yaml.safe_load((DBT_PROJECT_PATH / PROJECT_FILE).read_text(encoding="utf-8"))
    declared = project["seeds"]["plumbline"]
    return {name: entry["+column_types"] for name, entry in declared.items() if not name.startswith("+")}


def _line(mistake: GateError) -> str:
    return " ".join(str(mistake).split())


def _in_order(mistakes: Iterable[GateError]) -> list[GateError]:
    """Each once, by line."""
    unique = {str(mistake): mistake for mistake in mistakes}

    def line_of(mistake: GateError) -> int:
        found = re.search(r", line (\d+)", str(mistake))
        return int(found[1]) if found else 0

    return sorted(unique.values(), key=line_of)


def _unknown_columns(rows: Sequence[SeedRow], types: Mapping[str, str]) -> list[GateError]:
    if not rows:
        return []
    unknown = [column for column in rows[0].cells if column not in types]
    return [
        GateError(f"{rows[0].path}, line 1: there is no column {column}{_near(column, types)}. Rename or remove it.")
        for column in unknown
    ]


def _type_mistakes(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[SeedRow], types: Mapping[str, str]
) -> list[GateError]:
    """Cells that DuckDB doesn't take as the type of their column."""
    found: list[GateError] = []
    for column, declared in types.items():
        if declared == "varchar" or not rows:
            continue
        values = [row.optional(column) for row in rows]
        wrong = connection.execute(
            f"select i from (select unnest($v) as v, unnest(range(len($v))) as i) "
            f"where v <> '' and try_cast(v as {declared}) is null order by i",
            {"v": values},
        ).fetchall()
        remedy = _TYPES.get(declared, f"give a number that fits {declared}")
        found += [rows[number].refuse(column, remedy) for (number,) in wrong]
    return found


def _row_mistakes(name: str, seed: Seed, tables: _Tables) -> list[GateError]:
    rows = tables[name]
    found: list[GateError] = []
    for row in rows:
        empty = [column for column in seed.needed if column in row.cells and not row.optional(column)]
        found += [row.refuse(column, "a value is needed") for column in empty]
        for column, allowed in seed.choices.items():
            value = row.optional(column)
            if value and value not in allowed:
                found.append(row.refuse(column, f"use one of {', '.join(allowed)}"))
        for column, bounds in seed.bounds.items():
            found += _out_of_bounds(row, column, bounds)
        for column in seed.currencies:
            value = row.optional(column)
            if value and not re.fullmatch(r"[A-Z]{3}", value):
                found.append(row.refuse(column, "give a currency as three capital letters, such as EUR"))
        found += _asked(name, row)
    for column, (seed_name, target) in seed.refers_to.items():
        if not any(target in other.cells for other in tables[seed_name]):
            continue  # not readable, which is told already
        known = {other.optional(target) for other in tables[seed_name]}
        found += _unknown(rows, column, known, f"seeds/{seed_name}.csv lacks it")
    if name == "governance_tolerances":
        told = {row.optional("measure") for row in rows}
        lacking = [measure for measure in MEASURES if measure not in told]
        found += [
            GateError(f"{TOLERANCES_SEED}: measure {measure!r} has no row. Add one with its tolerance.")
            for measure in lacking
        ]
    return found


def _asked(name: str, row: SeedRow) -> list[GateError]:
    """What is wrong with a row as a whole: the gate's own reading of its seeds, and what two columns say together."""
    try:
        if name == "stage_rules":
            rule_of(row)
            _require_field(row)
        elif name == "governance_tolerances":
            tolerance_of(row)
        else:
            row.period()
            _require_sense(name, row)
    except GateError as mistake:
        return [mistake]
    return []


def _require_field(row: SeedRow) -> None:
    """What a rule asks about is a field that opportunities have; whether any file holds a custom one, the data tell."""
    value = row.optional("field")
    if value not in RULE_FIELDS and not (value.startswith(CUSTOM) and value != CUSTOM):
        known = ", ".join(RULE_FIELDS)
        near = _near(value, RULE_FIELDS)
        raise row.refuse("field", f"no such field{near}. Use one of {known}, or {CUSTOM}<Name> for one of your own")


def _require_sense(name: str, row: SeedRow) -> None:
    if name == "stage_policy" and _is(row, "is_won") and _is(row, "is_open"):
        raise row.refuse("is_open", "a stage that is won is not open; write false")
    if name == "stage_policy" and _is(row, "is_pipeline") and not _is(row, "is_open"):
        raise row.refuse("is_pipeline", "only an open stage is pipeline; write false")
    if name == "business_hours" and row.number("closes_hour") <= row.number("opens_hour"):
        raise row.refuse("closes_hour", "must be after opens_hour")
    if name == "coverage_targets" and row.number("red_below") > row.number("yellow_below"):
        raise row.refuse("red_below", "must not lie above yellow_below")


def _out_of_bounds(row: SeedRow, column: str, bounds: Bounds) -> list[GateError]:
    value = row.optional(column)
    if not value or not re.fullmatch(r"-?[0-9]*\.?[0-9]+", value):
        return []  # told by its type
    least, most = bounds
    if (least is None or Decimal(value) >= least) and (most is None or Decimal(value) <= most):
        return []
    return [row.refuse(column, f"give {f'{least:f} to {most:f}' if most is not None else f'{least:f} or more'}")]


def _unknown(rows: Iterable[SeedRow], column: str, known: Collection[str], who: str) -> list[GateError]:
    found: list[GateError] = []
    for row in rows:
        value = row.optional(column)
        if value and value not in known:
            found.append(row.refuse(column, f"{who}{_near(value, known)}"))
    return found


def _twice(seed: Seed, rows: Sequence[SeedRow]) -> list[GateError]:
    """Rows that say something about one key for the same time."""
    found: list[GateError] = []
    seen: dict[tuple[str, ...], list[tuple[SeedRow, date, date]]] = defaultdict(list)
    for row in rows if seed.key and rows and rows[0].cells.keys() >= set(seed.key) else ():
        key = tuple(row.optional(column).lower() for column in seed.key)
        begins, ends = _period(row)
        other = next((other for other, start, end in seen[key] if begins < end and start < ends), None)
        if other is not None:
            place = "at the same time, which is counted twice" if "valid_from" in row.cells else "already"
            names = ", ".join(seed.key)
            found.append(row.refuse(seed.key[-1], f"line {other.line} has this {names} {place}; keep one of the two"))
        seen[key].append((row, begins, ends))
    return found


def _period(row: SeedRow) -> tuple[date, date]:
    try:
        begins, ends = (None, None) if "rule_id" in row.cells else row.period()
    except GateError:
        return date.max, date.min  # told already
    return begins or date.min, ends or date.max


def _is(row: SeedRow, column: str) -> bool:
    return row.optional(column).lower() == "true"


def _near(name: str, known: Collection[str]) -> str:
    spelled = {entry.lower(): entry for entry in known}
    near = difflib.get_close_matches(name.lower(), spelled, 1)
    return f"; did you mean {spelled[near[0]]}" if near else ""
