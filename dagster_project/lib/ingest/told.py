"""What a row tells, as SQL over the file's columns: the text of each declared column, and whether the row is wanted."""

from __future__ import annotations

from dagster_project.lib.contracts import Column, Condition, Feed, SourceObject
from dagster_project.lib.ingest import sql, words
from dagster_project.lib.ingest.matching import ColumnPlan

ANY_OTHER = "*"
"""As a value to translate: any that the translation doesn't name."""


def told_texts(target: SourceObject, feed: Feed, plan: ColumnPlan, hidden: list[Column]) -> dict[str, str]:
    """Column name -> SQL of its text, for columns that the file or a constant fills."""
    found: dict[str, str] = {}
    constants, translate = dict(feed.constants), dict(feed.translate)
    for column in target.columns:
        if column.name in plan.declared:
            positions = (plan.declared[column.name], *plan.others.get(column.name, ()))
            raw = [f"nullif(c{position}, '')" for position in positions]
            told = raw if column.free_text else [words.given(f"c{position}") for position in positions]
        elif column.name in constants:
            raw = told = [f"{sql.text(constants[column.name])}::varchar"]
        else:
            continue
        pairs = translate.get(column.name, ())
        if pairs:
            cases = " ".join(f"when {sql.text(old)} then {sql.text(new)}" for old, new in pairs if old != ANY_OTHER)
            # A translation sees what the file says, words for nothing too.
            told = [
                f"case {text} {cases} else {_other(other, dict(pairs))} end"
                for text, other in zip(raw, told, strict=True)
            ]
        found[column.name] = told[0] if len(told) == 1 else f"coalesce({', '.join(told)})"
    for column, position in zip(hidden, plan.extract.values(), strict=True):
        found[column.name] = words.given(f"c{position}")
    return found


def keep(conditions: tuple[Condition, ...], positions: tuple[int, ...]) -> str:
    """SQL that is true where the conditions of a mapping hold."""
    parts = []
    for condition, position in zip(conditions, positions, strict=True):
        value, told = f"c{position}", words.given(f"c{position}")
        listed = ", ".join(sql.text(text) for text in condition.values)
        parts.append(
            {
                "equals": f"coalesce({value} in ({listed}), false)",
                "in": f"coalesce({value} in ({listed}), false)",
                "not_in": f"coalesce({value} not in ({listed}), true)",
                "not_null": f"({told} is not null)",
                "is_null": f"({told} is null)",
            }[condition.operator]
        )
    return " and ".join(parts) or "true"


def _other(text: str, pairs: dict[str, str | None]) -> str:
    """What becomes of a value that a translation doesn't name; of none, nothing."""
    return f"case when {text} is not null then {sql.text(pairs[ANY_OTHER])} end" if ANY_OTHER in pairs else text
