"""Programs of the environment that a command runs to their end, such as Dagster's UI."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from dagster_project.lib.settings import PROJECT_ROOT, Settings

INTERRUPTED = 130
"""What a shell says of a command that Ctrl-C ended."""
END_SECONDS = 20


def why_not_free(host: str, port: int) -> str | None:
    """Why nothing can be served at an address; None where it can."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return None
    except OSError as error:
        return os.strerror(error.errno) if error.errno else str(error)


def run_program(command: Sequence[str], settings: Settings) -> int:
    """Run a program of the environment to its end; being terminated or interrupted ends it too, and all it started.

    Its folders are those of the settings wherever it runs: a relative path means this process's folder.
    """
    program = Path(sys.executable).with_name(command[0])
    environment = os.environ | settings.folders | {"DAGSTER_HOME": str(settings.dagster_home)}
    process = subprocess.Popen([str(program), *command[1:]], cwd=PROJECT_ROOT, env=environment)

    def end(signal_number: int, frame: FrameType | None) -> None:
        process.terminate()

    before = signal.signal(signal.SIGTERM, end)
    try:
        return process.wait()
    except KeyboardInterrupt:
        # A terminal interrupts both; where only this process was, the other is told.
        try:
            process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
