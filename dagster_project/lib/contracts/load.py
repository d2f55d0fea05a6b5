"""Finding all contracts and mappings of a run, and looking things up in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from dagster_project.lib.contracts.contract import parse_contract
from dagster_project.lib.contracts.lift import refuse_conflicts
from dagster_project.lib.contracts.mapping import parse_mapping
from dagster_project.lib.contracts.model import Feed, InlineRows, Source, SourceObject
from dagster_project.lib.contracts.yaml_text import ContractError
from dagster_project.lib.settings import Settings

CONTRACTS_PATH = Path(__file__).resolve().parents[2] / "sources"


def load_sources(settings: Settings, contracts_path: Path = CONTRACTS_PATH) -> list[Source]:
    """The shipped contracts, then the user's mappings (every *.yml below `settings.mappings`), each sorted by name.

    Raises ContractError where a file can't be used, two sources share a name or lift one column differently.
    """
    contracts = [parse_contract(path, path.name) for path in sorted(contracts_path.glob("*.yml"))]
    by_name = _unique(contracts)
    mappings = [parse_mapping(path, shown, by_name) for path, shown in _mapping_files(settings.mappings)]
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
    """Everything that fills an object: its contract's own files first, then the mappings' feeds and inline rows."""
    found: list[Feed | InlineRows] = [target.feed]
    for source in sources:
        if source.extends == target.source:
            found += [feed for feed in source.feeds if feed.object_name == target.name]
            found += [rows for rows in source.rows if rows.object_name == target.name]
    return found


def definitions_hash(sources: Iterable[Source]) -> str:
    """One hash over all contracts and mappings: when it changes, what was built from raw must be built in full."""
    text = repr(sorted(repr((s.name, s.extends, s.objects, s.feeds, s.rows, s.lifts)) for s in sources))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _mapping_files(folder: Path | None) -> list[tuple[Path, str]]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise ContractError(
            f"{folder}: the mappings folder doesn't exist. Correct PLUMBLINE_MAPPINGS or make the folder."
        )
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".yml", ".yaml") and path.is_file())
    return [(path, path.relative_to(folder).as_posix()) for path in paths]


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
