"""What a mapping makes of a row beyond renaming: ids of rows without one, the first value of several columns, the
currency that stands beside an amount, and lines that are no records.
"""

from __future__ import annotations

from dagster_project.lib.contracts import Feed, SourceObject
from dagster_project.lib.ingest import sql
from dagster_project.lib.ingest.matching import ColumnPlan
from dagster_project.lib.ingest.numbers import NUMBER_TYPES, code, currency_column
from dagster_project.lib.ingest.readers import Relation

_SEPARATOR = "chr(31)"


def in_file_order(relation: Relation, feed: Feed) -> Relation:
    """The relation with every record number filled in where equal rows are told apart by it."""
    if feed.key != ():
        return relation
    values = "".join(f", c{i}" for i in range(len(relation.columns)))
    return Relation(
        f"select coalesce(r, row_number() over ()) as r, l, raw{values} from ({relation.sql})", relation.columns
    )


def made_texts(target: SourceObject, feed: Feed, plan: ColumnPlan, texts: dict[str, str], keep: str) -> dict[str, str]:
    """Declared column -> SQL of its text, over c0, c1, … and r, of what is made rather than told.

    `texts` are the columns that the file or a constant fills; `keep` is true where the mapping's conditions hold.
    """
    found: dict[str, str] = {}
    if feed.key is not None:
        found[target.key[0]] = _id(plan, keep, is_content=not feed.key)
    codes = _codes(target, feed, texts)
    column = currency_column(target, feed.numbers)
    if column is not None and codes:
        found[column] = f"coalesce({', '.join([*([texts[column]] if column in texts else ()), *codes.values()])})"
    return found


def currency_problems(target: SourceObject, feed: Feed, texts: dict[str, str]) -> dict[str, str]:
    """Number column -> SQL, over the text columns `t:…`, that is true where its currency isn't that of the row."""
    column = currency_column(target, feed.numbers)
    if column is None:
        return {}
    told = {name: sql.name(f"t:{name}") for name in texts}
    return {
        name: f"coalesce({found} <> upper(trim({told[column]})), false)"
        for name, found in _codes(target, feed, told).items()
    }


def is_footer(target: SourceObject, feed: Feed, plan: ColumnPlan) -> str:
    """SQL that is true of a line that is no record: its first value matches a pattern, and it has no id of its own."""
    if not feed.footer:
        return "false"
    values = ", ".join(f"nullif(trim(c{position}), '')" for position in range(plan.width))
    first = f"coalesce({values})" if plan.width > 1 else values
    matches = " or ".join(f"regexp_full_match({first}, {sql.text(pattern)}, 'i')" for pattern in feed.footer)
    own = [plan.declared[name] for name in target.key if name in plan.declared]
    blank = " or ".join(f"coalesce(trim(c{position}), '') = ''" for position in own)
    return f"(coalesce({matches}, false) and ({blank or 'true'}))"


def _codes(target: SourceObject, feed: Feed, texts: dict[str, str]) -> dict[str, str]:
    numbers = feed.numbers
    if numbers is None or not numbers.currency:
        return {}
    return {
        column.name: code(texts[column.name], numbers)
        for column in target.columns
        if column.type in NUMBER_TYPES and column.name in texts
    }


def _id(plan: ColumnPlan, keep: str, *, is_content: bool) -> str:
    """A hash of the values; of equal rows of one file the second and later ones are told apart by their count."""
    values = [f"coalesce(trim(c{position}), '')" for position in plan.key]
    escaped = [f"replace(replace({value}, chr(30), chr(30) || '0'), {_SEPARATOR}, chr(30) || '1')" for value in values]
    text = f"concat_ws({_SEPARATOR}, {', '.join(escaped)})"
    made = f"'row-' || md5({text})"
    if is_content:
        count = f"row_number() over (partition by {text}, {keep} order by r asc nulls last)"
        made = f"{made} || case when {count} > 1 then '-' || {count} else '' end"
    return f"case when {' || '.join(values)} <> '' then {made} end"
