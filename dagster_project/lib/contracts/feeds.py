"""One feed of a mapping: which files become rows of which object, column by column; and rows that a mapping holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, cast

from dagster_project.lib.contracts.contract import relative_glob
from dagster_project.lib.contracts.model import (
    COLUMN_TYPES,
    Condition,
    ExtractRule,
    Feed,
    InlineRows,
    Source,
    SourceObject,
)
from dagster_project.lib.contracts.written import MOMENTS, WRITING_KEYS, Writing, as_feed, entries, parse_writing
from dagster_project.lib.contracts.yaml_text import Node

FEED_KEYS = WRITING_KEYS | {
    "file", "object", "extract", "where", "key", "columns", "constants", "translate", "undeclared",
    "optional",
}  # fmt: skip
CONTENT = "content"
"""As `key`: what a row says makes its id."""
_NULL_TESTS = ("not_null", "is_null")
_OPERATORS = ("equals", "in", "not_in", *_NULL_TESTS)


def parse_feed(
    node: Node,
    source: str,
    contract: Source,
    rules: tuple[ExtractRule, ...],
    *,
    before: Sequence[Writing] = (),
    after: Sequence[Writing] = (),
    is_full: bool = False,
) -> Feed:
    """Read one feed. What `before` says of how values are written overrules the feed, what `after` says doesn't.

    `is_full`: whether its files are full extracts where it doesn't say. Raises ContractError.
    """
    keys = node.mapping(FEED_KEYS, needed=("file", "object", "columns"))
    target = target_of(keys["object"], contract)
    columns = {name: _names(entry) for name, entry in by_column(keys["columns"], target).items()}
    constants = by_column(keys["constants"], target) if "constants" in keys else {}
    for name, entry in constants.items():
        if name in columns:
            raise entry.error("the column is also mapped from the file.", "Keep one of the two.")
    key = _key(keys["key"], target, {*columns, *constants}) if "key" in keys else None
    given = {*columns, *constants, *(target.key[:1] if key is not None else ())}
    for column in target.columns:
        if (column.required or column.in_file) and column.name not in given:
            raise keys["columns"].error(
                f"the required column {column.name!r} of {target.name} is filled by nothing.",
                _to_fill(column.name, target),
            )
    own = parse_writing(keys, _moment_of(target, given))
    filled = [column for column in target.columns if column.name in given]
    return Feed(
        source=source,
        object_name=target.name,
        files=tuple(relative_glob(entry) for entry in entries(keys["file"])),
        is_full_extract=is_full_extract(keys, default=is_full),
        extract_time=rules or _mapped_extract_time(contract, columns),
        columns=tuple((name, file_column) for name, names in columns.items() for file_column in names),
        constants=tuple((name, entry.text_or_null()) for name, entry in constants.items()),
        translate=_translate(keys["translate"], target, given) if "translate" in keys else (),
        where=_where(keys["where"]) if "where" in keys else (),
        key=key,
        is_optional="optional" in keys and keys["optional"].flag(),
        keeps_undeclared="undeclared" not in keys or keys["undeclared"].choice(("keep", "drop")) == "keep",
        **as_feed((*before, own, *after), filled),
    )


def parse_rows(
    node: Node, source: str, contract: Source, rules: tuple[ExtractRule, ...], object_name: str
) -> InlineRows:
    """Read the rows that a mapping holds for one object. Raises ContractError."""
    target = target_of(node.holding(object_name), contract)
    rows = tuple(
        tuple((name, value.text_or_null()) for name, value in by_column(row, target).items()) for row in node.items()
    )
    return InlineRows(
        source=source,
        object_name=target.name,
        label=f"mapping:{source}#{object_name}",
        extract_time=tuple(rule for rule in rules if rule.kind == "constant"),
        rows=rows,
    )


def target_of(node: Node, contract: Source) -> SourceObject:
    """The object of the contract that a text names. Raises ContractError."""
    found = contract.object(node.text())
    if found is None:
        names = ", ".join(entry.name for entry in contract.objects)
        raise node.error(f"{contract.name} has no such object.", f"Its objects are: {names}.")
    return found


def by_column(node: Node, target: SourceObject, known: Collection[str] | None = None) -> dict[str, Node]:
    """Declared column -> node; keys that are no column, or none of `known`, are errors."""
    found = node.mapping()
    for name, entry in found.items():
        if target.column(name) is None:
            names = ", ".join(column.name for column in target.columns)
            raise entry.error(f"{target.name} declares no column {name!r}.", f"Its columns are: {names}.")
        if known is not None and name not in known:
            raise entry.error("this feed doesn't fill the column.", "Map it under `columns` first.")
    return found


def is_full_extract(keys: Mapping[str, Node], *, default: bool) -> bool:
    """What `extract` says."""
    return keys["extract"].choice(("partial", "full")) == "full" if "extract" in keys else default


def _names(node: Node) -> tuple[str, ...]:
    names = node.texts()
    if not names or len(set(names)) != len(names):
        raise node.error("a name is missing or occurs twice.", "List the file's columns, the first to count first.")
    return names


def _key(node: Node, target: SourceObject, given: Collection[str]) -> tuple[str, ...]:
    """The file columns that make the id; none: all that are mapped."""
    made = target.key[0]
    if made in given:
        raise node.error(f"{made!r} is filled by the file already.", f"Drop `key`, or {made!r} under `columns`.")
    column = target.column(made)
    if column is not None and COLUMN_TYPES[column.type] != "varchar":
        raise node.error(f"{made!r} of {target.name} is no id but a {column.type}.", f"Map {made!r} under `columns`.")
    if node.value == CONTENT:
        if len(target.key) > 1:
            raise node.error(
                f"a row of {target.name} belongs to a record that another row must find by its id.",
                f"Name the columns that make {made!r}, as the other feed does.",
            )
        return ()
    return _names(node)


def _to_fill(name: str, target: SourceObject) -> str:
    if name == target.key[0]:
        return "Map it under `columns`, or name columns that make it: `key: [..]`."
    return "Map it under `columns`" + (" or set it under `constants`." if name not in target.key else ".")


def _moment_of(target: SourceObject, given: Collection[str]) -> Callable[[str, Node], None]:
    """Refuses keys of `formats` that name no date or timestamp which the feed fills."""

    def refuse(name: str, node: Node) -> None:
        above = Node(node.file, node.path.rpartition(".")[0], {name: node.value}, node.tree, node.keys[:-1])
        by_column(above, target, given)
        column = target.column(name)
        if column is None or column.type not in MOMENTS:
            raise node.error("formats are for dates and timestamps.", "Drop the entry.")

    return refuse


def _mapped_extract_time(contract: Source, columns: Mapping[str, tuple[str, ...]]) -> tuple[ExtractRule, ...]:
    """A feed that maps the contract's own extract-time column declares its extract time by that."""
    rules = contract.objects[0].feed.extract_time if contract.objects else ()
    return tuple(
        ExtractRule("column", name) for rule in rules if rule.kind == "column" for name in columns.get(rule.value, ())
    )


def _translate(
    node: Node, target: SourceObject, given: Collection[str]
) -> tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]:
    return tuple(
        (name, tuple((old, new.text_or_null()) for old, new in entry.mapping().items()))
        for name, entry in by_column(node, target, given).items()
    )


def _where(node: Node) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    for column, entry in node.mapping().items():
        if not isinstance(entry.value, dict):
            conditions.append(_plain_condition(column, entry))
            continue
        for operator, value in entry.mapping(_OPERATORS).items():
            if operator in _NULL_TESTS:
                if not value.flag():
                    raise value.error("only `true` makes sense here.", "Use the opposite operator.")
                conditions.append(Condition(column, cast(Literal["not_null", "is_null"], operator)))
            elif operator == "equals":
                conditions.append(Condition(column, "equals", (value.text(),)))
            else:
                conditions.append(Condition(column, cast(Literal["in", "not_in"], operator), value.texts()))
    return tuple(conditions)


def _plain_condition(column: str, node: Node) -> Condition:
    """`{Status: Won}`, `{Status: [Won, Lost]}`, or a test by its name alone."""
    if isinstance(node.value, list) and node.value:
        return Condition(column, "in", node.texts())
    if not node.value or not str(node.value).strip():
        raise node.error("this is no value.", "Write `is_null` or `not_null`, or the value that rows must have.")
    text = node.text()
    if text in _NULL_TESTS:
        return Condition(column, cast(Literal["not_null", "is_null"], text))
    if text.lower().replace(" ", "").replace("_", "") in ("notnull", "isnull", *_OPERATORS):
        raise node.error("this looks like a test.", f"Write `not_null` or `is_null`, or `{{equals: {text}}}`.")
    return Condition(column, "equals", (text,))
