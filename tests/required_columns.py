"""Files of a company without some of their optional columns, or without all."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from dagster_project.lib.contracts import SourceObject, load_sources
from dagster_project.lib.contracts.model import Column, normalize_name
from dagster_project.lib.settings import Settings
from tests.parsed_project import SEEDS

OptionalColumn = tuple[str, str, str]
"""Source, object and column; the object without case and underscores, the column as the contract calls it."""


def contract_objects() -> dict[tuple[str, str], SourceObject]:
    """Every object that a contract declares, by source and name without case and underscores."""
    nowhere = Path("/nowhere")
    settings = Settings(home=nowhere, landing=nowhere, mappings=None, seeds=SEEDS)
    return {
        (source.name, normalize_name(target.name)): target
        for source in load_sources(settings)
        for target in source.objects
    }


def optional_columns(files: Mapping[str, bytes]) -> tuple[OptionalColumn, ...]:
    """The optional columns that CSV files (path under the landing folder -> content) have, in order."""
    headers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path, content in files.items():
        headers[object_of(path)] |= set(map(normalize_name, _rows(content)[0]))
    objects = contract_objects()
    return tuple(
        (*key, column.name)
        for key, names in sorted(headers.items())
        for column in objects[key].columns
        if not (column.required or column.in_file) and names & _written_names(column)
    )


def without(files: Mapping[str, bytes], lost: Iterable[OptionalColumn]) -> dict[str, bytes]:
    """The same files without these columns."""
    objects = contract_objects()
    gone: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source, name, column in lost:
        declared = objects[source, name].column(column)
        assert declared is not None
        gone[source, name] |= _written_names(declared)
    found = {}
    for path, content in files.items():
        names = gone.get(object_of(path), set())
        rows = _rows(content)
        kept = [at for at, name in enumerate(rows[0]) if normalize_name(name) not in names]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([[row[at] for at in kept] for row in rows])
        found[path] = text.getvalue().encode() if names else content
    return found


def thinnest(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same files with their required columns alone, those of histories left out: a history needs its new values too."""
    objects = contract_objects()
    kept = {
        path: text for path, text in files.items() if not any(one.in_file for one in objects[object_of(path)].columns)
    }
    return without(kept, optional_columns(kept))


def _written_names(column: Column) -> set[str]:
    """The names under which a file may bring a column, without case and underscores."""
    return {normalize_name(name) for name in (column.name, *column.accept)}


def object_of(path: str) -> tuple[str, str]:
    """Source and object of a file by its path under the landing folder, the object without case and underscores."""
    source, name = Path(path).parts[:2]
    return source, normalize_name(name.removesuffix(".csv"))


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))
