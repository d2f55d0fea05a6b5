"""Child processes that are killed at random instants, and watching what readers see meanwhile."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb

from dagster_project.lib.settings import PROJECT_ROOT, Settings
from tests.conftest import SEEDS

SEED = 20260331
RUN = ["-m", "dagster_project.cli", "run"]
PHASES = {
    "ingest": "Loading generic",
    "dbt": "Building marts",
    "checks": "Checking the build",
    "publish": "Publishing",
}
"""The phases of a daily job, and what it says as each begins."""


def rounds(usual: int) -> int:
    """How often a test tries: `usual` times, or as often as `make soak` asks."""
    return int(os.environ.get("SOAK_ROUNDS", usual))


def instants(count: int, seconds: float) -> list[float]:
    """`count` instants spread at random over a span, the same in every run of the tests."""
    chosen = random.Random(SEED)
    return [chosen.uniform(0, seconds) for _ in range(count)]


def phases(count: int, seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    """`count` instants, each a phase and the seconds into it, the same in every run of the tests.

    Every second of a run is as likely as any other, except that no phase gets less than a seventh or so of the instants.
    """
    chosen = random.Random(SEED)
    weights = [max(span, sum(seconds.values()) / 6) for span in seconds.values()]
    drawn = chosen.choices(list(seconds), weights, k=count)
    return [(phase, chosen.uniform(0, seconds[phase])) for phase in drawn]


def settings_in(folder: Path, landing: Path) -> Settings:
    """Settings over a home and a landing folder, the seeds the project's."""
    return Settings(home=folder, landing=landing, mappings=None, seeds=SEEDS)


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


def finish(arguments: list[str], settings: Settings) -> str:
    """Run a child to its end, which must be a good one; what it said."""
    process = start(arguments, settings)
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    return said


def children_of(pid: int) -> list[int]:
    """Process ids below `pid`, as Linux tells them."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def fill_disk(process: subprocess.Popen[str], room: int) -> None:
    """From now on no file of the child, nor of its children, grows past `room` bytes: what a full disk looks like."""
    for pid in (process.pid, *children_of(process.pid)):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, room))


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
