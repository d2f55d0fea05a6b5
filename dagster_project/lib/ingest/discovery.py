"""Which landing files a feed claims, and what their paths say about extract time.

A file is taken where it lies inside the landing folder with every link resolved: who may place a link there may not be
allowed to read what it leads to, but ingest is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path, PurePosixPath

from dagster_project.lib.contracts import ExtractRule, Feed, Source, normalize_name
from dagster_project.lib.settings import Settings

FORMATS = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "csv",
    ".tsv.gz": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
}


@dataclass(frozen=True)
class LandingFile:
    """A file to load: its real path, the name it goes by in the ledger, and why it can't be used (None: it can)."""

    path: Path
    shown: str
    problem: str | None = None

    @property
    def format(self) -> str:
        """csv, parquet or jsonl."""
        return format_of(self.shown) or "jsonl"

    @property
    def is_gzip(self) -> bool:
        return self.shown.lower().endswith(".gz")


def format_of(name: str) -> str | None:
    """The format that a file name says, or None where it isn't one that ingest reads."""
    lower = name.lower()
    return next((kind for suffix, kind in FORMATS.items() if lower.endswith(suffix)), None)


def find_files(landing: Path, feed: Feed) -> list[LandingFile]:
    """The files that a feed claims, in path order."""
    root = landing.resolve()
    found: dict[str, LandingFile] = {}
    for pattern in feed.files:
        for path in _matches(landing, pattern, is_exact=feed.columns is not None):
            shown = _shown(path, landing)
            if shown in found or is_hidden(shown) or path.is_dir() or format_of(shown) is None:
                continue
            found[shown] = LandingFile(path, shown, _problem(path, root))
    return [found[shown] for shown in sorted(found)]


def _matches(landing: Path, pattern: str, *, is_exact: bool) -> Iterator[Path]:
    """Paths that a glob finds; unless `is_exact`, folders that it spells out match like column names do.

    One tool lands `OpportunityHistory/`, another `opportunity_history/`, a third `opportunityhistory/`.
    """
    folders, parts = [landing], list(PurePosixPath(pattern).parts)
    while not is_exact and len(parts) > 1 and not any(character in parts[0] for character in "*?["):
        wanted = normalize_name(parts.pop(0))
        entries = (entry for folder in folders if folder.is_dir() for entry in folder.iterdir())
        folders = [entry for entry in entries if normalize_name(entry.name) == wanted]
    for folder in folders:
        if folder.is_dir():
            yield from folder.glob("/".join(parts))


def unmatched_files(settings: Settings, sources: Iterable[Source]) -> list[str]:
    """Landing files, relative to the landing folder, that no contract or mapping claims or whose format isn't read."""
    claimed: set[str] = set()
    for source in sources:
        for feed in (*(entry.feed for entry in source.objects), *source.feeds):
            claimed.update(entry.shown for entry in find_files(settings.landing, feed))
    present = (path for path in settings.landing.rglob("*") if not path.is_dir())
    names = (_shown(path, settings.landing) for path in present)
    return sorted(name for name in names if name not in claimed and not is_hidden(name))


def path_extract_time(rule: ExtractRule, shown: str) -> datetime | None:
    """The instant that a path declares, UTC and naive: the last match counts, a date alone is the end of that day.

    A group of ten or thirteen digits is seconds or milliseconds since 1970.

    Raises ValueError where the path matches but holds no such date or time.
    """
    matches = list(re.finditer(rule.value, shown))
    if not matches:
        return None
    groups = [group or "" for group in matches[-1].groups()]
    digits = re.sub(r"\D", "", groups[0])
    if len(digits) in (10, 13) and digits == groups[0]:
        return datetime.fromtimestamp(int(digits) / 10 ** (len(digits) - 10), UTC).replace(tzinfo=None)
    if len(digits) != 8:
        raise ValueError(f"{groups[0]!r} is not a date")
    day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if len(groups) < 2 or not groups[1]:
        return datetime.combine(day, time.max)
    hour, minute, second = (int(group or 0) for group in (*groups[1:4], "", "")[:3])
    return datetime.combine(day, time(hour, minute, second))


def is_hidden(shown: str) -> bool:
    """Names that start with a dot or underscore are working files of other tools."""
    return any(part.startswith((".", "_")) for part in Path(shown).parts)


def _shown(path: Path, landing: Path) -> str:
    """The path below the landing folder; bytes of a name that are no UTF-8 are shown as `\\xe9`."""
    return os.fsencode(path.relative_to(landing).as_posix()).decode("utf-8", "backslashreplace")


def _problem(path: Path, root: Path) -> str | None:
    if not _is_below(path.parent.resolve(), root):
        return f"the folder is a link that leads outside the landing folder. Copy the files into {path.parent.name}/"
    if not path.exists():
        return "the link points to nothing. Remove it or restore the file"
    if not _is_below(path.resolve(), root):
        return "this is a link that leads outside the landing folder. Put a copy of the file here"
    if not path.is_file():
        return "this is not a regular file. Remove it"
    return None


def _is_below(path: Path, root: Path) -> bool:
    return path == root or root in path.parents
