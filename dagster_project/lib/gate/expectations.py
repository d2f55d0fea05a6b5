"""Turns an entry of a suite into the Great Expectations object that it names.

Imports Great Expectations inside functions: the import takes seconds.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from dagster_project.lib.gate.results import GateError
from dagster_project.lib.gate.suites import CheckSpec, Condition

CHECK_KEY = "check"


def build_expectation(check: CheckSpec, path: Path) -> Any:
    """The expectation of `check`, findable in a result by `meta[CHECK_KEY]`.

    Raises GateError, naming `path`, where the expectation or one of its arguments is unknown.
    """
    import great_expectations.expectations as gxe  # noqa: F401  (fills the registry)
    from great_expectations.exceptions.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )
    from pydantic.v1 import ValidationError

    try:
        implementation = get_expectation_impl(check.expectation)
    except ExpectationNotFoundError as error:
        known = list_registered_expectation_implementations()
        raise GateError(
            f"{path}: expectation {check.name!r}: expectation: {check.expectation!r} is not an expectation of Great "
            f"Expectations.{_suggest(check.expectation, known)}"
        ) from error
    arguments: dict[str, Any] = {**check.kwargs}
    if check.where:
        arguments |= {"row_condition": _row_condition(check.where), "condition_parser": "great_expectations"}
    if check.mostly is not None:
        arguments["mostly"] = check.mostly
    try:
        return implementation(
            **arguments,
            severity=FailureSeverity.CRITICAL if check.severity == "error" else FailureSeverity.WARNING,
            description=_shown_as(check),
            meta={CHECK_KEY: check.name},
        )
    except ValidationError as error:
        problem = error.errors()[0]
        argument = str(problem["loc"][0]) if problem["loc"] else "kwargs"
        raise GateError(
            f"{path}: expectation {check.name!r}: kwargs: {argument}: {check.kwargs.get(argument)!r}: "
            f"{problem['msg']}. Correct it by the arguments of {check.expectation}."
        ) from error


def refuse_unknown_columns(check: CheckSpec, table: str, columns: Sequence[str], path: Path) -> None:
    """Raises GateError where `check` names a column that `table` doesn't have."""
    refuse_unknown(check.columns(), table, columns, f"{path}: expectation {check.name!r}")


def refuse_unknown(named: Iterable[str], table: str, columns: Sequence[str], where: str) -> None:
    """Raises GateError at the first of `named` that is not among `columns`."""
    for column in named:
        if column not in columns:
            raise GateError(
                f"{where}: column: {column!r} is not a column of {table}.{_suggest(column, columns)} "
                f"Its columns: {', '.join(columns)}."
            )


def _shown_as(check: CheckSpec) -> str:
    """What Data Docs say of the check: its description, then what is asked. A dollar sign would start a placeholder."""
    asked = "; ".join(f"{key}: {value}" for key, value in check.kwargs.items())
    conditions = "".join(
        f", where {condition.column} {condition.operator} {'' if condition.value is None else condition.value}".rstrip()
        for condition in check.where
    )
    return f"{check.description} ({check.expectation}; {asked}{conditions})".replace("$", "$$")


def _row_condition(conditions: Sequence[Condition]) -> Any:
    from great_expectations.expectations.row_conditions import Column

    def one(condition: Condition) -> Any:
        column = Column(condition.column)
        match condition.operator:
            case "not_null":
                return column.is_not_null()
            case "is_null":
                return column.is_null()
            case "in":
                return column.is_in(condition.value)  # pyright: ignore[reportArgumentType]
            case "not_in":
                return column.is_not_in(condition.value)  # pyright: ignore[reportArgumentType]
            case _:
                return column == condition.value

    return reduce(lambda left, right: left & right, map(one, conditions))


def _suggest(value: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(value, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
