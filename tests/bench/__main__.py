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
from collections.abc import Mapping, Sequence
from pathlib import Path

from dagster_project.lib import warehouse
from dagster_project.lib.dbt_process import environment as environment_of_dbt
from dagster_project.lib.settings import Settings
from tests.bench.measure import Cost, measure
from tests.bench.peer import build_inputs, compare
from tests.bench.phases import TreeWatch, job_phases, model_costs

_PYTHON = sys.executable
_PLUMBLINE = [_PYTHON, "-m", "dagster_project.cli"]
# What every daily job starts before any work is done, each in a process of its own.
_IMPORTS = {
    "import dagster": "import dagster",
    "import dagster_dbt": "import dagster_dbt",
    "import great_expectations": "import great_expectations",
}
_EMPTY_DBT = ["-m", "dagster_project.lib.dbt_child", str(os.getpid()), "build", "--select", "fqn:nothing_has_this_name"]
_SLOWEST = 12


def sample(folder: Path) -> None:
    """The company of `make run`: its first daily job, the start-up floor, and the daily job of every further day."""
    home = folder / "home"
    settings = Settings.from_env({"PLUMBLINE_HOME": str(home)})
    environment = {"PLUMBLINE_HOME": str(home), "PLUMBLINE_LANDING": "", "PLUMBLINE_AS_OF": ""}
    first = measure([*_PLUMBLINE, "run"], folder / "first.log", environment)
    costs = {name: measure([_PYTHON, "-c", code], folder / "import.log") for name, code in _IMPORTS.items()}
    dbt = environment_of_dbt(settings, settings.dbt_target_path)
    costs["one empty dbt invocation"] = measure([_PYTHON, *_EMPTY_DBT], folder / "dbt.log", dbt)
    floor = sum(cost.wall for cost in costs.values())
    print("\nStart-up floor (one process each)")
    for name, cost in costs.items():
        print(f"  {name:<28}{cost.wall:>8.1f} s{cost.cpu:>9.1f} s CPU{cost.peak:>8.2f} GiB")
    print("\nThe sample's daily job (last column: time as a share of the start-up floor)")
    print(f"  {'start-up floor':<28}{floor:>8.1f} s{sum(cost.cpu for cost in costs.values()):>9.1f} s CPU")
    rows = stored_rows(settings)
    report("first, company included", first, rows, floor)
    report("further days", job(settings, folder / "again.log", environment, rows, floor), rows, floor)


def job(settings: Settings, log: Path, environment: Mapping[str, str], rows: int | None, beside: float) -> Cost:
    """Run the daily job and print what each of its phases and its slowest models cost; without `rows`, those that it stored are counted."""
    watches: list[TreeWatch] = []

    def watch(pid: int) -> TreeWatch:
        watches.append(TreeWatch(pid))
        return watches[-1]

    cost = measure([*_PLUMBLINE, "run"], log, environment, watch)
    counted = stored_rows(settings) if rows is None else rows
    for phase, part in job_phases(watches[0].looks, settings).items():
        report(f"  {phase}", part, counted, beside)
    print(f"    the {_SLOWEST} models that ran longest, with the job's memory meanwhile")
    for name, part in list(model_costs(watches[0].looks, settings).items())[:_SLOWEST]:
        print(f"    {name:<44}{part.wall:>8.1f} s{part.peak:>8.2f} GiB{part.wall / beside:>8.2f}")
    return cost


def stored_rows(settings: Settings) -> int:
    """Rows of all extracts that were loaded."""
    with warehouse.connect(settings, read_only=True) as connection:
        counted = connection.execute("select sum(rows_loaded) from raw.plumbline_files").fetchone()
    assert counted is not None
    return counted[0]


def simulate(landing: Path, opportunities: int) -> Cost:
    """Write a company of eight quarters as Parquet."""
    return measure(
        [
            *_PLUMBLINE, "simulate", str(landing), "--systems", "generic", "--opportunities", str(opportunities),
            "--quarters", "8", "--format", "parquet", "--dirt", "0",
        ],
        landing.parent / "simulate.log",
    )  # fmt: skip


def peer(opportunities: int, folder: Path) -> None:
    """The waterfall from changes beside the waterfall from daily rows, over one company."""
    simulate(folder / "landing", opportunities)
    print(f"{opportunities:,} opportunities over 8 quarters, {os.cpu_count()} cores", flush=True)
    compare(build_inputs(folder / "landing", folder / "home"), folder)


def simulate_and_load(folder: Path, opportunities: int) -> tuple[Path, int, Cost, Cost]:
    """Write a company as Parquet and load it: the landing folder, rows loaded, and both costs."""
    landing, home = folder / "landing", folder / "load"
    written = simulate(landing, opportunities)
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
    sample(folder / "sample")
    for size in sizes:
        place = folder / str(size)
        landing, rows, written, loaded = simulate_and_load(place, size)
        print(f"\n{size:,} opportunities, {rows:,} rows (last column: time as a share of the load's)")
        report("simulate to Parquet", written, rows, loaded.wall)
        report("load", loaded, rows, loaded.wall)
        if size <= job_up_to:
            settings = Settings.from_env({"PLUMBLINE_HOME": str(place / "home")})
            environment = {
                "PLUMBLINE_HOME": str(settings.home),
                "PLUMBLINE_LANDING": str(landing),
                "PLUMBLINE_AS_OF": "",
            }
            report(
                "daily job, first",
                job(settings, place / "first.log", environment, None, loaded.wall),
                rows,
                loaded.wall,
            )
            report(
                "daily job, nothing new",
                job(settings, place / "again.log", environment, rows, loaded.wall),
                rows,
                loaded.wall,
            )
        shutil.rmtree(place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000], help="default 10000 100000")
    parser.add_argument("--job-up-to", type=int, default=100_000, help="largest size that the daily job is run over")
    parser.add_argument(
        "--peer", type=int, metavar="SIZE", help="only hold the waterfall of so many opportunities against daily rows"
    )
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        if asked.peer:
            peer(asked.peer, Path(folder))
            return 0
        bench(asked.sizes, asked.job_up_to, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
