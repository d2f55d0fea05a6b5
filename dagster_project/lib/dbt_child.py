"""What a dbt child process runs: dbt itself, ending with its parent.

`kill -9` of the run must not leave dbt writing to the warehouse for long. The child holds the run lock too, so
nothing else writes meanwhile; on Linux the kernel also ends it when its parent dies.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when process `parent` dies; nothing happens where it can't be asked."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Arguments: the parent's process id, then those of the dbt command line."""
    end_with_parent(int(sys.argv[1]))
    sys.argv = ["dbt", *sys.argv[2:]]
    from dbt.cli.main import cli

    # Paths in profiles.yml are relative to the project.
    os.chdir(os.environ["DBT_PROJECT_DIR"])

    cli()


if __name__ == "__main__":
    main()
