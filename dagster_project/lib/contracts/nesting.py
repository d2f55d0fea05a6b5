"""The `unnest` key of a contract's objects: lists inside the records of one object that are the rows of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dagster_project.lib.contracts.model import Feed, Nesting, SourceObject
from dagster_project.lib.contracts.yaml_text import Node


def with_nested(node: Node, objects: Sequence[SourceObject]) -> tuple[SourceObject, ...]:
    """The objects with a feed more for every object in whose files their rows lie. Raises ContractError.

    `node` is the mapping of objects. Such a feed claims the other object's files and reads extract times as that does.
    """
    by_name = {entry.name: entry for entry in objects}
    return tuple(replace(entry, nested=_feeds(node.child(entry.name), entry, by_name)) for entry in objects)


def _feeds(node: Node, target: SourceObject, objects: dict[str, SourceObject]) -> tuple[Feed, ...]:
    if "unnest" not in node.value:
        return ()
    found: list[Feed] = []
    for entry in node.child("unnest").items():
        keys = entry.mapping({"from", "lists", "columns"}, needed=("from", "lists"))
        lists = tuple(tuple(path.split(".")) for path in keys["lists"].texts())
        columns = keys["columns"].mapping() if "columns" in keys else {}
        for name in keys["from"].texts():
            if name not in objects:
                raise keys["from"].error(f"there is no object {name!r}.", f"Objects are: {', '.join(objects)}.")
            parent = objects[name]
            named = tuple((own, _names(value, own, target, parent)) for own, value in columns.items())
            found.append(
                replace(
                    parent.feed,
                    object_name=target.name,
                    is_full_extract=False,
                    nesting=Nesting(name, lists, named),
                )
            )
    return tuple(found)


def _names(node: Node, own: str, target: SourceObject, parent: SourceObject) -> tuple[str, ...]:
    """All names under which a file may have the column of the other object that fills `own`."""
    if target.column(own) is None:
        raise node.error(f"{target.name} declares no column {own!r}.", "Name one of its columns.")
    column = parent.column(node.text())
    if column is None:
        raise node.error(f"{parent.name} declares no such column.", "Name one of its columns.")
    return (column.name, *column.accept)
