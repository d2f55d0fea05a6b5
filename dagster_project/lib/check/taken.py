"""Which files become which objects, how many of their rows and which of their columns are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dagster_project.lib.check.look import Look
from dagster_project.lib.contracts import Feed, SourceObject, feeds_of, find_object, normalize_name
from dagster_project.lib.contracts.loaders import is_bookkeeping
from dagster_project.lib.ingest import FileReport, ObjectReport
from dagster_project.lib.ingest.layouts import own_columns
from dagster_project.lib.ingest.matching import match_columns
from dagster_project.lib.ingest.schema import INLINE_PREFIX
from dagster_project.lib.privacy import shown_name

_SHOWN = 8


@dataclass(frozen=True)
class Taken:
    """The files of one source that load into one object. `read` of its `declared` columns are in some file; `unread`
    are columns of files that nothing declares or maps."""

    source_name: str
    object_name: str
    files: Sequence[str]
    rows: int
    quarantined: int
    read: int
    declared: int
    unread: Sequence[str]

    def lines(self) -> list[str]:
        """The object on one line, and on a second one what of its files isn't read."""
        name = self.files[0] if len(self.files) == 1 else f"{len(self.files):,} files"
        bad = f", {self.quarantined:,} in quarantine" if self.quarantined else ""
        first = (
            f"{self.source_name} {self.object_name}: {self.rows:,} rows{bad}, "
            f"{self.read} of {self.declared} columns, from {name}"
        )
        if not self.unread:
            return [first]
        shown = ", ".join(self.unread[:_SHOWN])
        more = f" and {len(self.unread) - _SHOWN} more" if len(self.unread) > _SHOWN else ""
        return [first, f"    not read: {shown}{more}"]


def taken(look: Look) -> list[Taken]:
    """What is read of every object that has files, opportunities first, then by rows."""
    found: list[Taken] = []
    used = _used(look)
    for load in look.loads:
        files = [file for file in load.files if file.status != "refused"]
        for name in sorted({file.source_name for file in files}):
            found.append(_taken(look, load, name, [file for file in files if file.source_name == name], used))
    return sorted(found, key=lambda one: (one.object_name.lower() not in _FIRST, -one.rows, one.source_name))


_FIRST = ("opportunity", "opportunities", "deal")


def _taken(
    look: Look, load: ObjectReport, source_name: str, files: Sequence[FileReport], used: Mapping[str, set[str]]
) -> Taken:
    target = find_object(look.sources, load.source, load.object)
    feeds = {target.definition_hash(feed): feed for feed in feeds_of(look.sources, target)}
    never = set.intersection(*(set(file.missing_columns) for file in files)) if files else set()
    unread: dict[str, None] = {}
    for file in files:
        feed = feeds.get(file.definition_hash)
        if isinstance(feed, Feed) and file.file_columns:
            names = _unread(target, feed, file)
            unread |= dict.fromkeys(name for name in names if name not in used.get(file.file_path, ()))
    shown_files = [file.file_path for file in files if not file.file_path.startswith(INLINE_PREFIX)]
    return Taken(
        source_name=source_name,
        object_name=load.object,
        files=shown_files or [file.file_path for file in files],
        rows=sum(file.rows_loaded for file in files),
        quarantined=sum(file.rows_quarantined for file in files),
        read=len(target.columns) - len(never),
        declared=len(target.columns),
        unread=sorted(shown_name(name) for name in unread),
    )


def _used(look: Look) -> dict[str, set[str]]:
    """File -> its columns that some feed of a mapping reads; one file may feed several objects."""
    found: dict[str, set[str]] = {}
    for load in look.loads:
        target = find_object(look.sources, load.source, load.object)
        feeds = {target.definition_hash(feed): feed for feed in feeds_of(look.sources, target)}
        for file in load.files:
            feed = feeds.get(file.definition_hash)
            if isinstance(feed, Feed) and feed.columns is not None and file.file_columns:
                undeclared = match_columns(target, feed, file.file_columns).undeclared
                conditions = {condition.column for condition in feed.where}
                found.setdefault(file.file_path, set()).update({*file.file_columns} - {*undeclared}, conditions)
    return found


def _unread(target: SourceObject, feed: Feed, file: FileReport) -> Sequence[str]:
    """Columns of a file that fill nothing. Of those of a JSON column only the names themselves are told."""
    if feed.columns is not None:
        return match_columns(target, feed, file.file_columns).undeclared
    known = {normalize_name(name) for column in target.columns for name in (column.name, *column.accept)}
    names = [name.rsplit(".", 1)[-1] for name in file.file_columns if name not in own_columns(file.file_columns)]
    names += own_columns(file.file_columns)
    timing = {normalize_name(name) for name in (*feed.meta_columns, *(r.value for r in feed.extract_time))}
    return [
        name
        for name in names
        if normalize_name(name) not in known | timing
        and normalize_name(f"properties_{name}") not in known
        and not is_bookkeeping(name)
        and name not in ("properties", "_airbyte_data")
    ]
