"""Mappings: a user's YAML that loads an export of any CRM into the objects of a shipped contract.

A mapping filters rows, renames columns, sets constants and translates values; it never joins or computes. It may begin
from a ready mapping of a vendor's export, and load a contract's own layout that lies elsewhere or is written otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dagster_project.lib.contracts.contract import relative_glob
from dagster_project.lib.contracts.extract_time import parse_extract_time
from dagster_project.lib.contracts.feeds import by_column, is_full_extract, parse_feed, parse_rows, target_of
from dagster_project.lib.contracts.lift import identifier, parse_lifts
from dagster_project.lib.contracts.model import ExtractRule, Feed, Lift, Source, SourceObject
from dagster_project.lib.contracts.written import MOMENTS, WRITING_KEYS, Writing, as_feed, parse_writing
from dagster_project.lib.contracts.yaml_text import Node, read_yaml

_OWN_KEYS = WRITING_KEYS | {"source", "description", "freshness_days", "extract_time", "extract", "lift"}
"""Of a file that says how a shipped contract's own files are written."""
_MAPPING_KEYS = _OWN_KEYS | {"extends", "owner", "landing", "columns", "constants", "translate", "feeds", "rows"}
_CHANGES = ("columns", "constants", "translate")
"""Keys by object: what is otherwise about the feeds of a ready mapping."""


def parse_mapping(root: Node, contracts: Mapping[str, Source], ready: Mapping[str, Path]) -> Source:
    """Read one mapping that extends one of `contracts`, or one of the `ready` mappings. Raises ContractError."""
    keys = root.mapping(_MAPPING_KEYS, needed=("source", "extends"))
    name = identifier(keys["source"])
    if name in contracts:
        raise keys["source"].error(
            "a shipped contract has this name.",
            "Name the mapping after the system it reads; without `extends` the file says how the contract's own files "
            "are written.",
        )
    extended = keys["extends"].choice((*contracts, *ready))
    base = _ready(ready[extended]) if extended in ready else {}
    contract = contracts[base["extends"].text() if base else extended]
    _refuse_unused(keys, is_ready=bool(base))
    rules = parse_extract_time(keys["extract_time"]) if "extract_time" in keys else ()
    outer = parse_writing(keys, _moment_of(contract.objects))
    is_full = is_full_extract(keys, default=False)
    feeds = keys["feeds"].items() if "feeds" in keys else []
    rows = {**(base["rows"].mapping() if "rows" in base else {}), **(keys["rows"].mapping() if "rows" in keys else {})}
    own_files = [node.value.get("object") for node in feeds if isinstance(node.value, dict)]
    return Source(
        name=name,
        description=keys["description"].text() if "description" in keys else name,
        owner=keys["owner"].text() if "owner" in keys else contract.owner,
        extends=contract.name,
        freshness_days=keys["freshness_days"].count() if "freshness_days" in keys else None,
        feeds=(
            *(_ready_feeds(keys, base, contract, outer) if base else ()),
            *(_native_feeds(keys, contract, outer) if not base and "landing" in keys else ()),
            *(parse_feed(node, name, contract, rules, after=(outer,), is_full=is_full) for node in feeds),
        ),
        rows=tuple(parse_rows(node, name, contract, rules, object_name) for object_name, node in rows.items()),
        lifts=_lifts(keys, contract, own_files),
        path=root.file,
    )


def parse_own(root: Node, contract: Source) -> Source:
    """The contract with its own files written as a user's file says. Raises ContractError."""
    keys = root.mapping(_OWN_KEYS)
    outer = parse_writing(keys, _moment_of(contract.objects))
    return replace(
        contract,
        freshness_days=keys["freshness_days"].count() if "freshness_days" in keys else contract.freshness_days,
        objects=tuple(
            replace(
                target,
                feed=_native_feed(keys, target, target.feed, outer),
                nested=tuple(_native_feed(keys, target, feed, outer) for feed in target.nested),
            )
            for target in contract.objects
        ),
        lifts=(*contract.lifts, *_lifts(keys, contract, ())),
    )


def _ready(path: Path) -> dict[str, Node]:
    return read_yaml(path, f"ready/{path.name}").mapping(_MAPPING_KEYS)


def _refuse_unused(keys: Mapping[str, Node], *, is_ready: bool) -> None:
    for name in _CHANGES:
        if name in keys and not is_ready:
            raise keys[name].error(
                f"`{name}` by object changes the feeds of a ready mapping, and this extends none.",
                "Write it in a feed of your own under `feeds`.",
            )


def _ready_feeds(keys: Mapping[str, Node], base: Mapping[str, Node], contract: Source, outer: Writing) -> list[Feed]:
    """The feeds of a ready mapping as the user's file changes them."""
    landing = relative_glob(keys["landing"] if "landing" in keys else base["landing"])
    inner = parse_writing(base, _moment_of(contract.objects))
    rules = parse_extract_time((keys if "extract_time" in keys else base)["extract_time"])
    changes = {name: keys[name].mapping() for name in _CHANGES if name in keys}
    _refuse_changes(changes, base["feeds"].items(), contract)
    found = []
    for node in base["feeds"].items():
        feed = _changed(node, changes)
        is_full = is_full_extract(keys, default=False)
        parsed = parse_feed(
            feed, keys["source"].text(), contract, rules, before=(outer,), after=(inner,), is_full=is_full
        )
        found.append(replace(parsed, files=tuple(f"{landing}/{file}" for file in parsed.files)))
    return found


def _refuse_changes(changes: Mapping[str, Mapping[str, Node]], feeds: Sequence[Node], contract: Source) -> None:
    """Raise ContractError where a change names no object or column that the ready mapping fills, or holds no text."""
    filled: dict[str, set[str]] = {}
    for feed in feeds:
        given = {name for key in ("columns", "constants") for name in feed.value.get(key, ())}
        filled.setdefault(feed.value["object"], set()).update(given)
    for kind, by_object in changes.items():
        for object_name, node in by_object.items():
            target = target_of(node.holding(object_name), contract)
            if object_name not in filled:
                raise node.error(f"the ready mapping has no feed of {object_name}.", "Write one under `feeds`.")
            known = filled[object_name]
            for name, entry in by_column(node, target, known if kind == "translate" else None).items():
                if kind == "columns":
                    entry.texts()
                    known.add(name)
                elif kind == "constants":
                    entry.text_or_null()
                    known.add(name)
                else:
                    [value.text_or_null() for value in entry.mapping().values()]


def _changed(node: Node, changes: Mapping[str, Mapping[str, Node]]) -> Node:
    """A feed of a ready mapping with the user's columns, constants and translations in place of its own."""
    feed: dict[str, Any] = dict(node.value)
    mine = {name: by_object[feed["object"]].value for name, by_object in changes.items() if feed["object"] in by_object}
    if not mine:
        return node
    taken = {*mine.get("columns", ()), *mine.get("constants", ())}
    for name in ("columns", "constants"):
        feed[name] = {key: value for key, value in feed.get(name, {}).items() if key not in taken} | mine.get(name, {})
    kept = {key: value for key, value in feed.get("translate", {}).items() if key not in taken}
    feed["translate"] = kept | mine.get("translate", {})
    return node.holding(feed)


def _native_feeds(keys: Mapping[str, Node], contract: Source, outer: Writing) -> list[Feed]:
    """The contract's own layout, below another folder."""
    landing = relative_glob(keys["landing"])
    found = []
    for target in contract.objects:
        for feed in (target.feed, *target.nested):
            files = tuple(f"{landing}/{file.removeprefix(f'{contract.landing}/')}" for file in feed.files)
            found.append(replace(_native_feed(keys, target, feed, outer), source=keys["source"].text(), files=files))
    return found


def _native_feed(keys: Mapping[str, Node], target: SourceObject, feed: Feed, outer: Writing) -> Feed:
    """A contract's own feed with its values written as a user's file says."""
    rules: tuple[ExtractRule, ...] = parse_extract_time(keys["extract_time"]) if "extract_time" in keys else ()
    is_full = is_full_extract(keys, default=feed.is_full_extract) and feed.nesting is None
    return replace(
        feed,
        extract_time=(*rules, *feed.extract_time),
        is_full_extract=is_full,
        **as_feed((outer,), target.columns),
    )


def _moment_of(objects: Sequence[SourceObject]) -> Callable[[str, Node], None]:
    """Refuses keys of `formats` that name no date or timestamp of any object."""
    known = {column.name for target in objects for column in target.columns if column.type in MOMENTS}

    def refuse(name: str, node: Node) -> None:
        if name not in known:
            raise node.error(
                f"no object has a date or timestamp {name!r}.",
                "Write `date` or `timestamp` for all columns of the type, or the declared name of one.",
            )

    return refuse


def _lifts(keys: Mapping[str, Node], contract: Source, own_files: Sequence[str | None]) -> tuple[Lift, ...]:
    lifted = keys["lift"].mapping() if "lift" in keys else {}
    found = [
        parse_lifts(node, target_of(node.holding(object_name), contract), has_own_files=object_name in own_files)
        for object_name, node in lifted.items()
    ]
    return tuple(lift for lifts in found for lift in lifts)
