"""`make bench`: what the project costs on this machine, every figure beside one of the same run that it is compared with.

Sizes are numbers of opportunities over eight quarters, with their history, activities and touches, as Parquet. Rows are
those that the load stored, so that rows per second mean the same for the simulator, the load and the job.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.measure import Cost, measure

_PYTHON = sys.executable
_PLUMBLINE = [_PYTHON, "-m", "dagster_project.cli"]
# What must be imported before any work is done; each in a process of its own.
_FLOOR = {
    "import dagster": "import dagster",
    "import dagster_dbt": "import dagster_dbt",
    "import great_expectations": "import great_expectations",
    "import dbt": "import dbt.cli.main",
}


def floor(folder: Path) -> float:
    """Print what starting up costs; seconds of all of it together."""
    print("\nStart-up floor (imports, one process each)")
    costs = {name: measure([_PYTHON, "-c", code], folder / f"{name}.log") for name, code in _FLOOR.items()}
    for name, cost in costs.items():
        print(f"  {name:<28}{cost.wall:>8.1f} s")
    return sum(cost.wall for cost in costs.values())


def simulate_and_load(folder: Path, opportunities: int) -> tuple[Path, int, Cost, Cost]:
    """Write a company as Parquet and load it: the landing folder, rows loaded, and both costs."""
    landing, home = folder / "landing", folder / "load"
    written = measure(
        [
            *_PLUMBLINE, "simulate", str(landing), "--systems", "generic", "--opportunities", str(opportunities),
            "--quarters", "8", "--format", "parquet", "--dirt", "0",
        ],
        folder / "simulate.log",
    )  # fmt: skip
    log = folder / "load.log"
    loaded = measure([_PYTHON, "-m", "tests.bench.load", str(home), str(landing)], log)
    rows = int(log.read_text().split()[-1])
    shutil.rmtree(home)
    return landing, rows, written, loaded


def report(name: str, cost: Cost, rows: int, beside: float) -> None:
    """One line: seconds, CPU seconds, GiB, rows per second, and the seconds as a share of those beside it."""
    print(
        f"  {name:<28}{cost.wall:>8.1f} s{cost.cpu:>9.1f} s CPU{cost.peak:>8.2f} GiB"
        f"{rows / cost.wall:>12,.0f} rows/s{cost.wall / beside:>8.2f}"
    )


def bench(sizes: Sequence[int], job_up_to: int, folder: Path) -> None:
    """Print all figures; the daily job is run for sizes up to `job_up_to`."""
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    started = floor(folder)
    for size in sizes:
        place = folder / str(size)
        landing, rows, written, loaded = simulate_and_load(place, size)
        print(f"\n{size:,} opportunities, {rows:,} rows (last column: time as a share of the load's)")
        report("simulate to Parquet", written, rows, loaded.wall)
        report("load", loaded, rows, loaded.wall)
        if size <= job_up_to:
            environment = {"PLUMBLINE_HOME": str(place / "home"), "PLUMBLINE_LANDING": str(landing)}
            first = measure([*_PLUMBLINE, "run"], place / "first.log", environment)
            again = measure([*_PLUMBLINE, "run"], place / "again.log", environment)
            report("daily job, first", first, rows, loaded.wall)
            report("daily job, nothing new", again, rows, loaded.wall)
            print(f"  {'the latter ÷ start-up floor':<28}{again.wall / started:>8.2f}")
        shutil.rmtree(place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="default 10000 100000")
    parser.add_argument("--job-up-to", type=int, default=100_000, help="largest size that the daily job is run over")
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        bench(asked.sizes, asked.job_up_to, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
