"""Custom fields that a contract or a mapping lifts out of `_custom` into columns of their own.

A lifted column is called `custom_<name>`, so that it can't be taken for one of the model's own. Raw tables don't
change: staging reads the field from `_custom`, also of records that were loaded before anybody lifted it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast

from dagster_project.lib.contracts.model import COLUMN_TYPES, ColumnType, Lift, SourceObject, normalize_name
from dagster_project.lib.contracts.yaml_text import ContractError, Node

PREFIX = "custom_"
ENTITIES = {
    ("salesforce", "Opportunity"): "opportunities",
    ("hubspot", "deal"): "opportunities",
    ("generic", "opportunities"): "opportunities",
    ("salesforce", "Account"): "accounts",
    ("hubspot", "company"): "accounts",
    ("generic", "accounts"): "accounts",
    ("salesforce", "Contact"): "contacts",
    ("hubspot", "contact"): "contacts",
    ("generic", "contacts"): "contacts",
    ("salesforce", "Lead"): "leads",
    ("generic", "leads"): "leads",
    ("salesforce", "User"): "users",
    ("hubspot", "owner"): "users",
    ("generic", "users"): "users",
}
"""(source, object) -> the entity that its records become; lifted fields of other objects end in staging."""

_TYPES = tuple(name for name in COLUMN_TYPES if name not in ("id", "salesforce_id"))
"""Types of lifted fields: `_custom` keeps a field as it was told, ids included."""
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def identifier(node: Node) -> str:
    """A name that is safe as a part of table names."""
    text = node.text()
    if not _NAME.fullmatch(text):
        raise node.error("this is not a usable name.", "Use lower-case letters, digits and underscores.")
    return text


def parse_lifts(node: Node, target: SourceObject, *, has_own_files: bool = False) -> tuple[Lift, ...]:
    """The fields that `lift:` names for one object. Raises ContractError.

    Without `has_own_files`, files have the columns that the contract declares, and a lift of one would find nothing.
    """
    lifts: list[Lift] = []
    seen: dict[str, str] = {}
    for name, entry in node.mapping().items():
        lift = _lift(entry, name, target)
        other = seen.setdefault(normalize_name(name), name)
        if other != name:
            raise entry.error(f"it can't be told from {other!r}.", "Give it a clearly different name.")
        if not has_own_files:
            _refuse_declared(entry, lift, target)
        lifts.append(lift)
    return tuple(lifts)


def refuse_conflicts(lifts: Iterable[Lift]) -> None:
    """Raise ContractError where one column is lifted twice, or with two meanings into one entity."""
    columns: dict[tuple[str, str], Lift] = {}
    meanings: dict[tuple[str, str], Lift] = {}
    for lift in lifts:
        other = columns.setdefault((lift.raw_table, lift.column), lift)
        if other is not lift:
            raise ContractError(f"{lift.place}: {other.place} lifts this column already. Keep one of the two.")
        entity = ENTITIES.get((lift.source, lift.object_name), lift.raw_table)
        other = meanings.setdefault((entity, lift.column), lift)
        if (other.type, other.personal) != (lift.type, lift.personal):
            raise ContractError(
                f"{lift.place}: {_meaning(lift)}, but {other.place} says {_meaning(other)}, and both are the column "
                f"{lift.column!r} of {entity}. Make them alike, or give one another name."
            )


def _lift(node: Node, name: str, target: SourceObject) -> Lift:
    keys = node.mapping({"type", "personal", "accept", "description"}, needed=("type", "personal"))
    identifier(node.holding(name))
    column = PREFIX + name
    if column == "custom_fields":
        raise node.error("that column holds all custom fields.", "Give it another name.")
    description = keys["description"].text() if "description" in keys else ""
    if "{" in description:
        raise keys["description"].error("braces are not for descriptions.", "Write plain text.")
    return Lift(
        source=target.source,
        object_name=target.name,
        raw_table=target.raw_table,
        column=column,
        type=cast(ColumnType, keys["type"].choice(_TYPES)),
        personal=keys["personal"].flag(),
        names=tuple(dict.fromkeys((name, *(keys["accept"].texts() if "accept" in keys else ())))),
        description=description or f"The company's own field, lifted from {target.source} {target.name}.",
        place=f"{node.file}: {node.path}",
    )


def _refuse_declared(node: Node, lift: Lift, target: SourceObject) -> None:
    declared = {
        normalize_name(name): column.name for column in target.columns for name in (column.name, *column.accept)
    }
    for name in lift.names:
        if normalize_name(name) in declared:
            raise node.error(
                f"{target.name} declares {name!r} as its column {declared[normalize_name(name)]!r}.",
                "Only undeclared fields can be lifted; where another one is meant, name it otherwise.",
            )


def _meaning(lift: Lift) -> str:
    return f"{lift.type}, {'personal' if lift.personal else 'not personal'}"
