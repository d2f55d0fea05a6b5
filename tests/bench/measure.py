"""What a child process costs: seconds by the clock, seconds of CPU and peak memory, its own children's included."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from dagster_project.lib.settings import PROJECT_ROOT

_KIB_PER_GIB = 1024 * 1024


class CommandFailedError(RuntimeError):
    """A measured command ended with an exit code other than 0; the message has the end of what it printed."""


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, seconds of CPU over all cores, and GiB at the peak of the largest process."""

    wall: float
    cpu: float
    peak: float


def measure(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
    watch: Callable[[int], AbstractContextManager[object]] = lambda pid: nullcontext(),
) -> Cost:
    """Run a command to its end, its output going to `log`; `watch` gets its process id and is left when it has ended.

    Raises CommandFailedError where the command fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        started = time.monotonic()
        child = subprocess.Popen(
            command, cwd=PROJECT_ROOT, env={**os.environ, **(environment or {})}, stdout=output, stderr=output
        )
        with watch(child.pid):
            _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
        raise CommandFailedError(f"{' '.join(command)} ended with {child.returncode}; the end of {log}:\n{tail}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _KIB_PER_GIB)
