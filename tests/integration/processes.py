"""Child processes that are killed at random instants, and watching what readers see meanwhile."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from dagster_project.lib.settings import PROJECT_ROOT, Settings

SEED = 20260331


def rounds(usual: int) -> int:
    """How often a test tries: `usual` times, or as often as `make soak` asks."""
    return int(os.environ.get("SOAK_ROUNDS", usual))


def instants(count: int, seconds: float) -> list[float]:
    """`count` instants spread at random over a span, the same in every run of the tests."""
    chosen = random.Random(SEED)
    return [chosen.uniform(0, seconds) for _ in range(count)]


def start(arguments: Sequence[str], settings: Settings) -> subprocess.Popen[str]:
    """A child over the folders of `settings`, its output piped."""
    environment = os.environ | {
        "PLUMBLINE_HOME": str(settings.home),
        "PLUMBLINE_LANDING": str(settings.landing),
        "PLUMBLINE_LOCK_WAIT_SECONDS": "60",
        "PYTHONUNBUFFERED": "1",
    }
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    """Read the child's output up to a line that holds `text`."""
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if text in line:
            return
    raise AssertionError("".join(said))


def drain(process: subprocess.Popen[str]) -> None:
    """Read what the child still says away, so that it never waits for a reader."""
    assert process.stdout is not None
    threading.Thread(target=process.stdout.read, daemon=True).start()


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """`kill -9` after some seconds; whether the child was still running."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def check_published(published: Path) -> str | None:
    """Read everything of the current version; its name, None before the first. Raises where anything isn't whole."""
    link = published / "current"
    if not link.is_symlink():
        return None
    version = link.resolve(strict=True)
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"] == version.name
    with duckdb.connect(str(version / "marts.duckdb"), read_only=True) as connection:
        for table in manifest["tables"]:
            name = f'"{table["schema"]}"."{table["name"]}"'
            for relation in (name, f"read_parquet('{version / table['parquet']}')"):
                assert connection.execute(f"select count(*) from {relation}").fetchall() == [(table["rows"],)]
    return version.name


class Watcher:
    """Looks at what is published, over and over, while a block runs; the first thing that isn't whole is raised."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._problem: BaseException | None = None
        self.looks = 0

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        if self._problem is not None:
            raise self._problem

    def wait_for_a_look(self) -> bool:
        """Whether it came to look at all, or found a problem."""
        deadline = time.monotonic() + 10
        while not self.looks and self._problem is None and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.looks > 0 or self._problem is not None

    def _watch(self) -> None:
        while not self._done.is_set() and self._problem is None:
            try:
                self._look()
                self.looks += 1
            except (AssertionError, OSError, ValueError, duckdb.Error) as error:
                self._problem = error
            time.sleep(0.2)
