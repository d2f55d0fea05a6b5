"""What a mapping asks for and the landing folder doesn't have: files that a glob matches, columns that files have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from dagster_project.lib.check.nearest import nearest_said
from dagster_project.lib.contracts import Feed, Source
from dagster_project.lib.contracts.load import READY_PATH
from dagster_project.lib.contracts.yaml_text import read_yaml
from dagster_project.lib.ingest import FileReport, ObjectReport
from dagster_project.lib.ingest.discovery import find_files, format_of, is_hidden
from dagster_project.lib.ingest.layouts import own_columns
from dagster_project.lib.privacy import shown_name
from dagster_project.lib.settings import Settings

_SHOWN = 3


def globs_without_files(settings: Settings, sources: Iterable[Source]) -> list[str]:
    """One sentence per glob of a mapping that matches no file, with the nearest file or what it matches instead."""
    names: list[str] | None = None
    said = []
    for source in sources:
        feeds = [feed for feed in source.feeds if feed.columns is not None]
        if (len(feeds) < len(source.feeds) or is_ready(settings, source)) and _has_file(settings, source):
            continue  # The layout is a vendor's: nobody has all of its files.
        for feed in feeds:
            for pattern in feed.files:
                if find_files(settings.landing, replace(feed, files=(pattern,))):
                    continue
                names = _landing_names(settings) if names is None else names
                said.append(
                    f"{source.path}: {pattern!r} ({feed.object_name}) matches no file{_instead(pattern, names)}."
                )
    return said


def columns_without_values(settings: Settings, sources: Sequence[Source], loads: Iterable[ObjectReport]) -> list[str]:
    """One sentence per column that a mapping names and files of its feed lack; those that no file has come first.

    A ready mapping names what a vendor's export may have, so that nothing is said of it.
    """
    found: list[tuple[tuple[object, ...], str]] = []
    loads = list(loads)
    for source in sources:
        contract = next((other for other in sources if other.name == source.extends), None)
        for feed in source.feeds if not is_ready(settings, source) else ():
            target = contract.object(feed.object_name) if contract else None
            if target is None:
                continue
            definition = target.definition_hash(feed)
            files = [
                file
                for load in loads
                if (load.source, load.object) == (target.source, target.name)
                for file in load.files
                if file.definition_hash == definition and file.status != "refused" and file.file_columns
            ]
            found += _lacking(source, feed, files)
    return [sentence for _, sentence in sorted(found)]


def _lacking(source: Source, feed: Feed, files: Sequence[FileReport]) -> Iterator[tuple[tuple[object, ...], str]]:
    asked: dict[str, list[str]] = {}
    for declared, name in feed.columns or ():
        asked.setdefault(declared, []).append(name)
    for declared, wanted in asked.items():
        lacking = [file for file in files if declared in file.missing_columns]
        if not lacking:
            continue
        others = {name for file in lacking for name in own_columns(file.file_columns)}
        taken = {name for _, name in feed.columns or ()}
        where = (
            f"none of its {len(files):,} files has it"
            if len(lacking) == len(files) > 1
            else f"{lacking[0].file_path} lacks it"
            if len(lacking) == 1
            else f"{len(lacking):,} of {len(files):,} files lack it, such as {lacking[0].file_path}"
        )
        shown = " or ".join(repr(name) for name in wanted)
        place = f"{source.path}: the column {shown} of {feed.object_name}.{declared}"
        known = (name for name in others - taken if shown_name(name) == name)
        yield (
            (len(lacking) < len(files), source.path, feed.object_name, declared),
            f"{place}: {where}{nearest_said(wanted[0], known)}.",
        )


def is_ready(settings: Settings, source: Source) -> bool:
    """Whether a mapping is a ready one of a vendor's export, with or without changes."""
    if settings.mappings is None or not source.extends or not (settings.mappings / source.path).is_file():
        return False
    extends = read_yaml(settings.mappings / source.path, source.path).value.get("extends")
    return (READY_PATH / f"{extends}.yml").is_file()


def _has_file(settings: Settings, source: Source) -> bool:
    return any(find_files(settings.landing, feed) for feed in source.feeds)


def _landing_names(settings: Settings) -> list[str]:
    if not settings.landing.is_dir():
        return []
    paths = (path.relative_to(settings.landing).as_posix() for path in settings.landing.rglob("*") if path.is_file())
    return sorted(name for name in paths if not is_hidden(name))


def _instead(pattern: str, names: Sequence[str]) -> str:
    """Files that the glob does match but nothing reads, else the file whose name is nearest."""
    unreadable = [name for name in names if PurePosixPath(name).match(pattern) and format_of(name) is None]
    if unreadable:
        shown = ", ".join(unreadable[:_SHOWN])
        return f" that is read: {shown} is no CSV, Parquet or JSON lines. Save it as CSV"
    return nearest_said(pattern.replace("*", ""), (name for name in names if format_of(name) is not None))
