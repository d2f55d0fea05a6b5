"""What each phase and each model of a daily job costs: the job's processes are looked at while they run, Dagster says when each
step did and each model was done.

Linux only: CPU seconds and memory of a process and all below it are read from /proc.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import time

from dagster import DagsterEventType

from dagster_project.instance import open_instance
from dagster_project.lib.settings import Settings
from tests.bench.measure import Cost

_LOOK_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGES_PER_GIB = 1024**3 // os.sysconf("SC_PAGE_SIZE")
_PHASE_OF = {"ledger": "ingest", "dbt_build": "dbt", "gate": "checks", "publish": "publish"}
PHASES = ("start", "ingest", "dbt", "checks", "publish", "end")


@dataclass(frozen=True)
class Look:
    """One look at a process tree: seconds since 1970, CPU seconds used so far, GiB in memory."""

    at: float
    cpu: float
    memory: float


class TreeWatch:
    """Looks at a process and everything below it ten times a second, until it is left."""

    def __init__(self, pid: int) -> None:
        self.looks: list[Look] = []
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> TreeWatch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        highest = 0.0
        while not self._done.wait(_LOOK_SECONDS):
            cpu, memory = _tree(self._pid)
            highest = max(highest, cpu)  # what a child used is its parent's only once the parent has waited for it
            self.looks.append(Look(time(), highest, memory))


def job_phases(looks: Sequence[Look], settings: Settings) -> Mapping[str, Cost]:
    """The cost of each of PHASES of the newest run under the home of `settings`."""
    with open_instance(settings) as instance:
        steps = instance.get_run_step_stats(instance.get_runs(limit=1)[0].run_id)
    begun: dict[str, float] = {}
    ended = looks[0].at
    for step in steps:
        assert step.start_time is not None and step.end_time is not None
        phase = _PHASE_OF.get(step.step_key, "ingest")
        begun[phase] = min(begun.get(phase, step.start_time), step.start_time)
        ended = max(ended, step.end_time)
    edges = [looks[0].at, *(begun[phase] for phase in PHASES[1:-1]), ended, looks[-1].at]
    return {
        phase: Cost(after - before, _cpu_at(looks, after) - _cpu_at(looks, before), _peak(looks, before, after))
        for phase, (before, after) in zip(PHASES, pairwise(edges), strict=True)
    }


def model_costs(looks: Sequence[Look], settings: Settings) -> Mapping[str, Cost]:
    """The cost of each model of the newest build under the home of `settings`, by the time that it ran for, longest first.

    What ran beside it counts too: seconds of CPU and memory are those of the whole job meanwhile.
    """
    found = {}
    with open_instance(settings) as instance:
        run_id = instance.get_runs(limit=1)[0].run_id
        made = instance.get_records_for_run(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION).records
    for record in made:
        materialization = record.asset_materialization
        assert materialization is not None
        seconds = materialization.metadata.get("seconds")
        if seconds is not None:
            before, after = record.timestamp - float(str(seconds.value)), record.timestamp
            found[materialization.asset_key.path[-1]] = Cost(
                after - before,
                _cpu_at(looks, after) - _cpu_at(looks, before),
                _peak(looks, before - _LOOK_SECONDS, after + _LOOK_SECONDS),
            )
    return dict(sorted(found.items(), key=lambda model: -model[1].wall))


def _cpu_at(looks: Sequence[Look], instant: float) -> float:
    return max((look.cpu for look in looks if look.at <= instant), default=0.0)


def _peak(looks: Sequence[Look], before: float, after: float) -> float:
    return max((look.memory for look in looks if before <= look.at <= after), default=0.0)


def _tree(root: int) -> tuple[float, float]:
    """CPU seconds and GiB of a process and all below it; children that have ended count with their parent."""
    cpu, pages, waiting = 0, 0, [root]
    while waiting:
        pid = waiting.pop()
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text(encoding="utf-8").split()]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        cpu += sum(int(field) for field in fields[11:15])
        pages += int(fields[21])
    return cpu / _TICKS, pages / _PAGES_PER_GIB
