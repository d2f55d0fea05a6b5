"""Ready mappings of vendors' exports, and whether a file is one of those: then three lines make its mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.lib.contracts import normalize_name
from dagster_project.lib.contracts.load import READY_PATH
from dagster_project.lib.contracts.yaml_text import read_yaml
from dagster_project.lib.first_rules.samples import Sample

_LEAST = 5
_SHARE = 0.6
"""How many of a file's columns a ready mapping must know, as a number and as a share."""


@dataclass(frozen=True)
class ReadyFit:
    """A ready mapping that knows `known` of a file's `columns` columns by their exact names."""

    name: str
    known: int
    columns: int


def ready_for(samples: Sequence[Sample], folder: Path = READY_PATH) -> ReadyFit | None:
    """The ready mapping that all files of a folder fit, the one that knows most of their columns; None: there is none.

    A file fits where it has the id that the mapping's first feed reads, and most of its columns are known by name.
    """
    best: ReadyFit | None = None
    for path in sorted(folder.glob("*.yml")):
        content: Mapping[str, Any] = read_yaml(path, path.name).value
        fits = [_fit(path.stem, content, sample) for sample in samples]
        if not fits or not all(fits):
            continue
        worst = min((fit for fit in fits if fit), key=lambda fit: fit.known)
        if best is None or worst.known > best.known:
            best = worst
    return best


def _fit(name: str, content: Mapping[str, Any], sample: Sample) -> ReadyFit | None:
    has = {normalize_name(column) for column in sample.columns}
    known: set[str] = set()
    feeds = [feed for feed in content.get("feeds", []) if isinstance(feed, dict)]
    for feed in feeds:
        known |= {normalize_name(column) for names in feed.get("columns", {}).values() for column in _listed(names)}
    first = next(iter(feeds[0].get("columns", {}).values()), []) if feeds else []
    if not {normalize_name(column) for column in _listed(first)} & has:
        return None
    found = len(has & known)
    return ReadyFit(name, found, len(has)) if found >= max(_LEAST, _SHARE * len(has)) else None


def _listed(names: object) -> Iterator[str]:
    if isinstance(names, str):
        yield names
    elif isinstance(names, list):
        yield from (name for name in names if isinstance(name, str))
