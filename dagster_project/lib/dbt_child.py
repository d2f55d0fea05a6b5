"""What a dbt child process runs: dbt itself, ending with its parent.

`kill -9` of the run must not leave dbt writing to the warehouse for long. The child holds the run lock too, so
nothing else writes meanwhile; on Linux the kernel also ends it when its parent dies.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
FAILED, BROKEN = 1, 2
"""Exit codes as dbt's own: a node failed; dbt couldn't do its work."""
TOLD_LEVELS = frozenset({"info", "warn", "error"})


def end_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when process `parent` dies; nothing happens where it can't be asked."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def tell(event: Any) -> None:
    """Write an event of dbt's as a line of JSON, as its own log does, but make no line of those that nobody reads."""
    from dbt_common.events.functions import env_scrubber, msg_to_json

    if event.info.level in TOLD_LEVELS:
        sys.stdout.write(env_scrubber(msg_to_json(event)) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Arguments: the parent's process id, then those of the dbt command line."""
    end_with_parent(int(sys.argv[1]))
    from dbt.cli.exceptions import DbtUsageException
    from dbt.cli.main import dbtRunner

    # Paths in profiles.yml are relative to the project.
    os.chdir(os.environ["DBT_PROJECT_DIR"])
    ended = dbtRunner(callbacks=[tell]).invoke(sys.argv[2:])
    if isinstance(ended.exception, DbtUsageException):
        sys.stdout.write(f"{ended.exception}\n")
    sys.exit(0 if ended.success else FAILED if ended.exception is None else BROKEN)


if __name__ == "__main__":
    main()
