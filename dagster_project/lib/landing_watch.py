"""Watching the landing folder: what lies there, whether it has come to rest, and whether a run has taken it in.

The state of the folder is a hash over names, sizes and modification times of its files; contents aren't read. When to
look, and what to start, belongs to the sensor.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from dagster_project.lib.files import write_json
from dagster_project.lib.ingest.discovery import format_of, is_hidden
from dagster_project.lib.settings import Settings


@dataclass(frozen=True)
class Look:
    """One look at the folder: the state seen, and since when (seconds since 1970) each look has seen just that."""

    state: str
    since: float

    @classmethod
    def read(cls, cursor: str | None) -> Look | None:
        """The look that a cursor holds; None for the first one."""
        return cls(**json.loads(cursor)) if cursor else None

    def cursor(self) -> str:
        """Text to give to the next look."""
        return json.dumps(asdict(self))


def landing_state(landing: Path) -> str | None:
    """Hash of the names, sizes and times of all files of a format that ingest reads; None where there is none."""
    digest = hashlib.sha256()
    is_empty = True
    for root, folders, names in os.walk(landing):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            shown = path.relative_to(landing).as_posix()
            if is_hidden(shown) or format_of(name) is None:
                continue
            try:
                about = path.stat()
            except FileNotFoundError:  # a link to nothing, or gone since the folder was listed
                continue
            digest.update(f"{shown}\x1f{about.st_size}\x1f{about.st_mtime_ns}\n".encode())
            is_empty = False
    return None if is_empty else digest.hexdigest()


def look_again(before: Look | None, state: str, now: float) -> Look:
    """The look at `now`, after the one before: a state that hasn't changed keeps its age."""
    return before if before is not None and before.state == state else Look(state, now)


def note_loaded(settings: Settings, state: str | None) -> None:
    """Keep the state of the folder that a run found before it loaded everything there."""
    if state is not None:
        write_json(_path(settings), {"state": state})


def loaded_state(settings: Settings) -> str | None:
    """The state of the folder that was loaded last; None before the first load."""
    path = _path(settings)
    return json.loads(path.read_text(encoding="utf-8"))["state"] if path.exists() else None


def _path(settings: Settings) -> Path:
    return settings.home / "landing_state.json"
