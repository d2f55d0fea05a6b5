"""The run lock between processes: one holder, a clear message for the other, freed by the kernel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dagster_project.lib.run_lock import RunLockTimeoutError, hold_run_lock, holder_of

HOLD = """
import sys, time
from pathlib import Path
from dagster_project.lib.run_lock import hold_run_lock
with hold_run_lock(Path(sys.argv[1]), "the-other-run", 0):
    print("held", flush=True)
    time.sleep(600)
"""

HOLD_THROUGH_CHILD = """
import subprocess, sys, time
from pathlib import Path
from dagster_project.lib.run_lock import hold_run_lock
with hold_run_lock(Path(sys.argv[1]), "the-other-run", 0) as lock:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], pass_fds=[lock.descriptor])
    print(child.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "run.lock"


@contextmanager
def other_process(script: str, path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_second_run_is_told_who_holds_the_lock(path: Path) -> None:
    told: list[str] = []
    with other_process(HOLD, path) as (process, _):
        with pytest.raises(RunLockTimeoutError) as refused, hold_run_lock(path, "mine", 0.5, told.append):
            pytest.fail("two runs held the lock")
        assert "the-other-run" in str(refused.value)
        assert str(process.pid) in str(refused.value)
        assert "PLUMBLINE_LOCK_WAIT_SECONDS" in str(refused.value)
    assert len(told) == 1
    assert "the-other-run" in told[0]


def test_a_waiting_run_goes_on_when_the_other_is_killed(path: Path) -> None:
    with other_process(HOLD, path) as (process, _):
        told: list[str] = []

        def kill_when_waiting(line: str) -> None:
            told.append(line)
            os.kill(process.pid, signal.SIGKILL)

        with hold_run_lock(path, "mine", 30, kill_when_waiting):
            assert told


def test_a_child_that_inherited_the_lock_keeps_it(path: Path) -> None:
    with other_process(HOLD_THROUGH_CHILD, path) as (process, child):
        process.kill()
        process.wait()
        with pytest.raises(RunLockTimeoutError), hold_run_lock(path, "mine", 0):
            pytest.fail("the child still writes")
        os.kill(int(child), signal.SIGKILL)
        with hold_run_lock(path, "mine", 30):
            pass


def test_the_lock_can_be_taken_again_in_the_same_process(path: Path) -> None:
    for run_id in ("first", "second"):
        with hold_run_lock(path, run_id, 0) as lock:
            assert run_id in path.read_text()
            assert lock.path == path
    assert path.read_text() == ""


def test_who_holds_the_lock_is_what_the_kernel_says(path: Path) -> None:
    assert holder_of(path) is None
    with other_process(HOLD, path) as (process, _):
        assert "the-other-run" in (holder_of(path) or "")
        process.kill()
        process.wait()
        assert "the-other-run" in path.read_text()
        assert holder_of(path) is None


def test_the_lock_is_freed_by_an_error(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold_run_lock(path, "failing", 0):
        _ = 1 / 0
    with hold_run_lock(path, "next", 0):
        pass
