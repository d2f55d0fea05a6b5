"""Finding all contracts and mappings of a run, and looking things up in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from dagster_project.lib.contracts.contract import parse_contract
from dagster_project.lib.contracts.lift import refuse_conflicts
from dagster_project.lib.contracts.mapping import parse_mapping, parse_own
from dagster_project.lib.contracts.model import Feed, InlineRows, Source, SourceObject
from dagster_project.lib.contracts.yaml_text import ContractError, Node, is_left_out, read_yaml
from dagster_project.lib.settings import Settings

CONTRACTS_PATH = Path(__file__).resolve().parents[2] / "sources"
READY_PATH = CONTRACTS_PATH / "ready"
"""Mappings of vendors' exports, loaded where a user's mapping extends one: see docs/loading.md."""


def load_sources(settings: Settings, contracts_path: Path = CONTRACTS_PATH) -> list[Source]:
    """The shipped contracts, then the user's mappings (every *.yml below `settings.mappings`), each sorted by name.

    A user's file that extends nothing and has a contract's name says how that contract's own files are written. Raises
    ContractError where a file can't be used, two sources share a name or lift one column differently.
    """
    by_name = _unique([parse_contract(path, path.name) for path in sorted(contracts_path.glob("*.yml"))])
    ready = {path.stem: path for path in sorted(READY_PATH.glob("*.yml"))}
    roots = [read_yaml(path, shown) for path, shown in _mapping_files(settings.mappings)]
    own = [root for root in roots if _contract_of(root) in by_name]
    _refuse_two(own)
    contracts = list(
        (by_name | {(name := str(_contract_of(root))): parse_own(root, by_name[name]) for root in own}).values()
    )
    mappings = [parse_mapping(root, by_name, ready) for root in roots if root not in own]
    _unique([*contracts, *mappings])
    refuse_conflicts(lift for source in (*contracts, *mappings) for lift in source.lifts)
    return sorted(contracts, key=_name) + sorted(mappings, key=_name)


def find_object(sources: Iterable[Source], source_name: str, object_name: str) -> SourceObject:
    """The object of a shipped contract. Raises KeyError where there is none."""
    for source in sources:
        found = source.object(object_name) if source.name == source_name else None
        if found is not None:
            return found
    raise KeyError(f"no contract declares {source_name}.{object_name}")


def feeds_of(sources: Iterable[Source], target: SourceObject) -> list[Feed | InlineRows]:
    """Everything that fills an object: its contract's own files first, lists in files of others, then the mappings'."""
    found: list[Feed | InlineRows] = [target.feed, *target.nested]
    for source in sources:
        if source.extends == target.source:
            found += [feed for feed in source.feeds if feed.object_name == target.name]
            found += [rows for rows in source.rows if rows.object_name == target.name]
    return found


def definitions_hash(sources: Iterable[Source]) -> str:
    """One hash over all contracts and mappings: when it changes, what was built from raw must be built in full."""
    text = repr(sorted(repr((s.name, s.extends, s.objects, s.feeds, s.rows, s.lifts)) for s in sources))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _contract_of(root: Node) -> str | None:
    """The source of a file that extends nothing."""
    is_own = isinstance(root.value, dict) and "extends" not in root.value
    return root.value.get("source") if is_own else None


def _refuse_two(own: list[Node]) -> None:
    seen: dict[str, str] = {}
    for root in own:
        other = seen.setdefault(root.value["source"], root.file)
        if other != root.file:
            raise root.child("source").error(f"{other} speaks of this contract already.", "Write both into one file.")


def _mapping_files(folder: Path | None) -> list[tuple[Path, str]]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise ContractError(
            f"{folder}: the mappings folder doesn't exist. Correct PLUMBLINE_MAPPINGS or make the folder."
        )
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".yml", ".yaml") and path.is_file())
    shown = [(path, path.relative_to(folder).as_posix()) for path in paths]
    return [(path, name) for path, name in shown if not is_left_out(name)]


def _unique(sources: list[Source]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for source in sources:
        other = found.setdefault(source.name, source)
        if other is not source:
            raise ContractError(
                f"{source.path}: source = {source.name!r}: {other.path} has the same name. "
                "Give each source its own name."
            )
    return found


def _name(source: Source) -> str:
    return source.name
