"""Reads expectations/suites/<schema>.<table>.yml: which questions are asked of a gated table.

Only reading and checking the files belongs here; turning an entry into a Great Expectations object is the matter of
`expectations.py`. Nothing here imports Great Expectations, so that Dagster can list the checks in milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from dagster_project.lib.gate.results import SEVERITIES, GateError, Severity
from dagster_project.lib.settings import PROJECT_ROOT

EXPECTATIONS_FOLDER = PROJECT_ROOT / "expectations"
SUITES_FOLDER = EXPECTATIONS_FOLDER / "suites"
UNEXPECTED_ROWS = "unexpected_rows_expectation"
CONDITION_WORDS = ("not_null", "is_null")
CONDITION_OPERATORS = ("equals", "in", "not_in")

_SUITE_KEYS = {"table", "description", "sample_columns", "expectations"}
_CHECK_KEYS = {"id", "expectation", "kwargs", "where", "severity", "description"}
_CHECK_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Condition:
    """One predicate of a `where`: `operator` is not_null, is_null, equals, in or not_in."""

    column: str
    operator: str
    value: object = None


@dataclass(frozen=True)
class CheckSpec:
    """One expectation of a suite. `where` limits it to the rows that meet all conditions."""

    name: str
    expectation: str
    kwargs: Mapping[str, Any]
    severity: Severity
    description: str
    where: tuple[Condition, ...] = ()
    mostly: float | None = None

    def columns(self) -> list[str]:
        """Columns that the entry names outside SQL."""
        named: list[str] = []
        for key in ("column", "column_A", "column_B"):
            if key in self.kwargs:
                named.append(str(self.kwargs[key]))
        named.extend(str(column) for column in self.kwargs.get("column_list", ()))
        named.extend(condition.column for condition in self.where)
        return named


@dataclass(frozen=True)
class SuiteSpec:
    """The suite of one table. `sample_columns` stand beside the failing values in outcomes and Data Docs."""

    table: str
    description: str
    path: Path
    checks: tuple[CheckSpec, ...]
    sample_columns: tuple[str, ...] = field(default=())


def load_suites(folder: Path = SUITES_FOLDER) -> list[SuiteSpec]:
    """Read every suite of `folder`, in name order. Raises GateError naming file, key and value."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise GateError(f"{folder}: no suite (*.yml) found, so nothing would be checked before publishing. Add one.")
    return [load_suite(path) for path in files]


def load_suite(path: Path) -> SuiteSpec:
    """Read one suite file. Raises GateError naming file, key and value."""
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise GateError(f"{path}: not readable as YAML: {error}") from error
    suite = _mapping(content, path, "the file", _SUITE_KEYS)
    table = _text(suite, "table", path, "the file")
    if table != path.name.removesuffix(".yml") or table.count(".") != 1:
        raise GateError(
            f"{path}: table: {table!r} does not match the file's name. "
            "Name the file <schema>.<table>.yml and give the same <schema>.<table> in it."
        )
    entries = suite.get("expectations")
    if not isinstance(entries, list) or not entries:
        raise GateError(f"{path}: expectations: {entries!r} must be a list with at least one entry.")
    checks = tuple(_check(entry, path, number) for number, entry in enumerate(entries, start=1))
    _refuse_repeats(checks, path)
    return SuiteSpec(
        table=table,
        description=_text(suite, "description", path, "the file"),
        path=path,
        checks=checks,
        sample_columns=tuple(_texts(suite.get("sample_columns", []), path, "sample_columns")),
    )


def _check(entry: object, path: Path, number: int) -> CheckSpec:
    where = f"expectations[{number}]"
    check = _mapping(entry, path, where, _CHECK_KEYS)
    name = _text(check, "id", path, where)
    if not _CHECK_NAME.fullmatch(name):
        raise GateError(f"{path}: {where}: id: {name!r} must be lower-case letters, digits and underscores.")
    where = f"expectation {name!r}"
    severity = check.get("severity", "error")
    if severity not in SEVERITIES:
        raise GateError(f"{path}: {where}: severity: {severity!r} is unknown. Use one of {', '.join(SEVERITIES)}.")
    kwargs = check.get("kwargs", {})
    if not isinstance(kwargs, dict):
        raise GateError(f"{path}: {where}: kwargs: {kwargs!r} must be a mapping of argument names to values.")
    return CheckSpec(
        name=name,
        expectation=_text(check, "expectation", path, where),
        kwargs=kwargs,
        severity=severity,
        description=_text(check, "description", path, where),
        where=_conditions(check.get("where", {}), path, where),
    )


def _conditions(content: object, path: Path, where: str) -> tuple[Condition, ...]:
    if not isinstance(content, dict):
        raise GateError(f"{path}: {where}: where: {content!r} must be a mapping of columns to conditions.")
    return tuple(_condition(str(column), rule, path, where) for column, rule in content.items())


def _condition(column: str, rule: object, path: Path, where: str) -> Condition:
    if isinstance(rule, str) and rule in CONDITION_WORDS:
        return Condition(column, rule)
    if isinstance(rule, dict) and len(rule) == 1:
        operator, value = next(iter(rule.items()))
        is_list = isinstance(value, list)
        if operator in CONDITION_OPERATORS and value is not None and is_list == (operator != "equals"):
            return Condition(column, str(operator), value)
    raise GateError(
        f"{path}: {where}: where: {column}: {rule!r} is not a condition. Write not_null, is_null, "
        "{equals: value}, {in: [values]} or {not_in: [values]}."
    )


def _refuse_repeats(checks: tuple[CheckSpec, ...], path: Path) -> None:
    seen: set[str] = set()
    for check in checks:
        if check.name in seen:
            raise GateError(f"{path}: id: {check.name!r} is used twice. Every expectation needs an id of its own.")
        seen.add(check.name)


def _mapping(content: object, path: Path, where: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise GateError(f"{path}: {where} must be a mapping with the keys {', '.join(sorted(keys))}.")
    unknown = sorted(str(key) for key in content if key not in keys)
    if unknown:
        raise GateError(
            f"{path}: {where}: unknown key {unknown[0]!r} (value {content.get(unknown[0])!r}). "
            f"Known keys: {', '.join(sorted(keys))}."
        )
    return cast("Mapping[str, Any]", content)


def _text(content: Mapping[str, Any], key: str, path: Path, where: str) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value.strip():
        raise GateError(f"{path}: {where}: {key}: {value!r} must be text and not empty.")
    return value.strip()


def _texts(value: object, path: Path, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise GateError(f"{path}: {key}: {value!r} must be a list of column names.")
    return cast("list[str]", value)
