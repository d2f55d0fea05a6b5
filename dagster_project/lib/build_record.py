"""Which build the warehouse holds and whether the gate passed it, so that publish publishes the build that was checked.

`build.json` beside the warehouse names the build: rewritten with a new id before dbt touches a mart, so that whatever
the gate said about an earlier state stops counting. `raw.plumbline_builds` gets a row only when a whole build has
succeeded; its newest row is the incremental watermark. Marts that were rebuilt in part are therefore never published.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from dagster_project.lib import warehouse
from dagster_project.lib.files import write_json
from dagster_project.lib.settings import Settings


class NotPublishableError(RuntimeError):
    """The warehouse doesn't hold a whole build that the gate passed; the message says what is missing."""


@dataclass(frozen=True)
class Build:
    """One state of the marts. `is_whole`: every model and test of the project ran and none failed; `config_hash`: the
    settings it was begun with."""

    build_id: str
    run_id: str
    config_hash: str | None = None
    is_whole: bool = False
    gate_passed: bool | None = None


def start_build(settings: Settings, run_id: str, config_hash: str) -> Build:
    """Give the marts that are about to be built a new id; no earlier gate result applies to them."""
    build = Build(build_id=uuid.uuid4().hex, run_id=run_id, config_hash=config_hash)
    _write(settings, build)
    return build


def finish_build(settings: Settings, build: Build, load_sequence: int, as_of: date | None) -> Build:
    """Move the watermark: all of the project was built from the loads up to `load_sequence`."""
    with warehouse.connect(settings) as connection:
        connection.execute(
            "insert into raw.plumbline_builds (build_id, load_sequence, config_hash, as_of, finished_at) "
            "values (?, ?, ?, ?, ?)",
            [build.build_id, load_sequence, build.config_hash, as_of, datetime.now(UTC).replace(tzinfo=None)],
        )
    whole = replace(build, is_whole=True)
    _write(settings, whole)
    return whole


def record_gate(settings: Settings, passed: bool) -> Build:
    """Note what the gate said about the build that the warehouse holds now."""
    build = current_build(settings)
    if build is None:
        raise NotPublishableError("The warehouse holds no build that could be checked. Run the daily job.")
    judged = replace(build, gate_passed=passed)
    _write(settings, judged)
    return judged


def current_build(settings: Settings) -> Build | None:
    """The build in the warehouse; None before the first."""
    path = _path(settings)
    return Build(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def require_publishable(settings: Settings) -> Build:
    """The build in the warehouse, if all of it was built and the gate passed exactly it.

    Raises NotPublishableError otherwise.
    """
    build = current_build(settings)
    if build is None:
        raise NotPublishableError("The warehouse holds no build. Run the daily job.")
    if not build.is_whole:
        raise NotPublishableError(
            f"Build {build.build_id} of run {build.run_id} rebuilt only some models, or did not end. Run the daily job."
        )
    if build.gate_passed is None:
        raise NotPublishableError(f"The gate has not judged build {build.build_id}. Run the daily job.")
    if not build.gate_passed:
        raise NotPublishableError(
            f"The gate held back build {build.build_id} of run {build.run_id}: a blocking check failed."
        )
    return build


def newest_watermark(connection: duckdb.DuckDBPyConnection) -> tuple[int, str] | None:
    """(load sequence, config hash) of the newest whole build; None where there is none."""
    row = connection.execute(
        "select load_sequence, config_hash from raw.plumbline_builds order by finished_at desc, build_id desc limit 1"
    ).fetchone()
    return (row[0], row[1]) if row else None


def _path(settings: Settings) -> Path:
    return settings.warehouse_path.parent / "build.json"


def _write(settings: Settings, build: Build) -> None:
    write_json(_path(settings), asdict(build))
