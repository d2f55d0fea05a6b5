"""Dagster's own records of runs, events and schedules: one instance in the home folder, made once and kept fast."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage  # as dagster.yaml names it
from sqlalchemy import Connection, Engine, create_engine, event

from dagster_project.lib.files import locked
from dagster_project.lib.settings import Settings

OPEN_FILES = 8
BUSY_SECONDS = 30
CHECKPOINT_PAGES = 100  # of 4 KB: what a full disk or a power cut can take

INSTANCE_CONFIG = """\
# Written once by Plumbline; edit freely. See https://docs.dagster.io/deployment/oss/dagster-yaml
telemetry:
  enabled: false
nux:
  enabled: false
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
# Dagster's SQLite files, kept open: opening and closing them for each event takes longer than all else.
event_log_storage:
  module: dagster_project.instance
  class: OpenEventLog
  config:
    dagster_home: {env: DAGSTER_HOME}
"""


class OpenEventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, same files, whose connections stay open from event to event.

    A daily job writes some 3,000 events. Dagster opens the file anew for each, and closing the last connection makes
    SQLite write its log back and flush it to disk. Commits here reach the disk with SQLite's next checkpoint: a power
    cut can cost the last events of a run, never the file.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {"dagster_home": dg.StringSource}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> Self:
        return cls(str(Path(config_value["dagster_home"]) / "history" / "runs"), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._engines:
            with super()._connect(shard):  # makes the file
                pass
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            engine = create_engine(self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS})
            event.listen(engine, "connect", _commit_without_flushing)
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        while len(self._engines) > OPEN_FILES:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def dispose(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


def _commit_without_flushing(connection: Any, record: Any) -> None:
    connection.execute("pragma synchronous = normal")
    connection.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")


def write_instance_config(settings: Settings) -> None:
    """Make the Dagster home of `settings`, with a configuration if it has none."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    config = settings.dagster_home / "dagster.yaml"
    if not config.exists():
        config.write_text(INSTANCE_CONFIG, encoding="utf-8")


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of the home folder, its files made if there are none.

    One process at a time makes them: two that begin on an empty folder would collide. Within the block DAGSTER_HOME is
    that folder, where Dagster looks for it.
    """
    write_instance_config(settings)
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    try:
        with locked(settings.dagster_home / "instance.lock"):
            instance = dg.DagsterInstance.get()
            # Each storage makes its files when it is first asked for something.
            instance.get_run_records(limit=1)
            instance.all_instigator_state()
        with instance:
            yield instance
    finally:
        if before is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = before
