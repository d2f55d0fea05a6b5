"""One run owns the build warehouse from ingest to publish: an operating-system lock on a file in the home folder.

The kernel frees the lock when its last holder dies, also by `kill -9`. What holds it, and since when, is written into
the file for whoever waits. What a run does while it owns the warehouse belongs elsewhere.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

POLL_SECONDS = 0.2
REMIND_SECONDS = 30.0


class RunLockTimeoutError(RuntimeError):
    """Another run kept the warehouse longer than this one may wait; the message names it."""


@dataclass(frozen=True)
class RunLock:
    """A lock that is held. `descriptor` is the open file; a child process that inherits it holds the lock too."""

    path: Path
    descriptor: int


@contextmanager
def hold_run_lock(
    path: Path, run_id: str, wait_seconds: float, tell: Callable[[str], None] = lambda line: None
) -> Iterator[RunLock]:
    """Hold the lock at `path` for the duration of the block.

    While another run holds it, `tell` gets a line naming that run at once and every 30 s. After `wait_seconds`, and a
    second try in any case, RunLockTimeoutError is raised.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(descriptor, path, wait_seconds, tell)
        _write_holder(descriptor, run_id)
        try:
            yield RunLock(path, descriptor)
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def holder_of(path: Path) -> str | None:
    """Who holds the lock at `path` now, in words; None where nobody does. The kernel decides, not the file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return describe_holder(path)
    finally:
        os.close(descriptor)
    return None


def describe_holder(path: Path) -> str:
    """Who holds the lock at `path`, in words; "another run" where the file doesn't say."""
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return "another run"
    return f"run {holder['run_id']} (process {holder['pid']}, since {holder['since']})"


def _acquire(descriptor: int, path: Path, wait_seconds: float, tell: Callable[[str], None]) -> None:
    started = time.monotonic()
    reminded: float | None = None
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            pass
        waited = time.monotonic() - started
        # Whoever asks `holder_of` holds the lock for an instant; one look in vain says nothing.
        if waited >= max(wait_seconds, POLL_SECONDS):
            raise RunLockTimeoutError(
                f"The warehouse under {path.parent} is in use by {describe_holder(path)}; waited {waited:.0f} s. "
                "Let that run end and start again, or raise PLUMBLINE_LOCK_WAIT_SECONDS."
            )
        if wait_seconds > 0 and (reminded is None or waited - reminded >= REMIND_SECONDS):
            tell(f"Waiting for {describe_holder(path)} to end, up to {wait_seconds - waited:.0f} s more.")
            reminded = waited
        time.sleep(POLL_SECONDS)


def _write_holder(descriptor: int, run_id: str) -> None:
    holder = {"pid": os.getpid(), "run_id": run_id, "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)
