"""What a run did, step by step: one small JSON file per step under `<home>/runs/<run_id>/`, written by the step itself.

The summary, the manifest of a publish and the tests read it. Rows shown here have passed `privacy`; numbers that
users rely on are in the marts.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dagster_project.lib.files import write_json
from dagster_project.lib.settings import Settings

KEEP_RUNS = 50
Row = dict[str, Any]


@dataclass(frozen=True)
class SourceTotals:
    """Files and rows of one source in one run. `rows_in` = loaded + quarantined."""

    source: str
    files_loaded: int = 0
    files_repeated: int = 0
    files_refused: int = 0
    rows_in: int = 0
    rows_loaded: int = 0
    rows_stored: int = 0
    rows_quarantined: int = 0


@dataclass(frozen=True)
class IngestReport:
    """`refused` rows: file, reason. `quarantined` rows: file, line, record, column, value, reason (the first few).
    `losses`: a sentence per thing that a mapping asks for and no file has, or that rows say and nothing knows.
    `figure_files_left_out`: a sentence per file of published figures that can't be read. `silent`: one per source that
    has brought no file for longer than its contract expects, by the clock of the run."""

    sources: list[SourceTotals] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    quarantined: list[Row] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    empty_objects: list[str] = field(default_factory=list)
    figure_files_left_out: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CheckLine:
    """One check that did not pass: `status` warned or failed, `rows` the first offending rows."""

    name: str
    on: str
    status: str
    count: int | None
    description: str = ""
    rows: list[Row] = field(default_factory=list)
    link: str = ""


@dataclass(frozen=True)
class DbtReport:
    """Models and tests of the dbt build. `errors` is what dbt said about models that failed."""

    build_id: str
    is_full_refresh: bool
    models: int
    seeds: int
    tests_passed: int
    skipped: int
    findings: list[CheckLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GateReport:
    """The Great Expectations checks; `data_docs` is the path of the Data Docs index. `assumed`: a line per seed of the
    sample company that ruled real data; `set_aside`: its rules that name what the data don't have."""

    passed: int
    findings: list[CheckLine] = field(default_factory=list)
    data_docs: str = ""
    checks: dict[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PublishReport:
    """The version that was published. `figures` rows: figure, dimension, value, unit; money is in `currency`.
    `restated`: how many figures of earlier publishes are other numbers now (`lib.figures.Restated`). `changed`: what
    settings and rules are others than at the publish before."""

    version: str
    path: str
    as_of: str
    currency: str
    content_hash: str
    tables: int
    rows: int
    is_unchanged: bool
    figures: list[Row] = field(default_factory=list)
    restated: Row = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RunReport:
    """All that is known of a run; None for a step that did not get that far."""

    run_id: str
    ingest: IngestReport | None = None
    dbt: DbtReport | None = None
    gate: GateReport | None = None
    publish: PublishReport | None = None


Part = IngestReport | DbtReport | GateReport | PublishReport
_NAMES: dict[type[Any], str] = {IngestReport: "ingest", DbtReport: "dbt", GateReport: "gate", PublishReport: "publish"}


def write_part(settings: Settings, run_id: str, part: Part) -> None:
    """Keep `part` as the report of its step in run `run_id`; reports of old runs are removed."""
    folder = _runs(settings) / run_id
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / f"{_NAMES[type(part)]}.json", asdict(part))
    newest_first = sorted(_runs(settings).iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[KEEP_RUNS:]:
        shutil.rmtree(old)


def read_report(settings: Settings, run_id: str) -> RunReport:
    """The report of run `run_id`, as far as it got."""
    folder = _runs(settings) / run_id
    ingest, dbt, gate, publish = (_read(folder / f"{name}.json") for name in _NAMES.values())
    return RunReport(
        run_id=run_id,
        ingest=_ingest(ingest) if ingest else None,
        dbt=DbtReport(**_with_lines(dbt)) if dbt else None,
        gate=GateReport(**_with_lines(gate)) if gate else None,
        publish=PublishReport(**publish) if publish else None,
    )


def _runs(settings: Settings) -> Path:
    return settings.home / "runs"


def _read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _ingest(part: dict[str, Any]) -> IngestReport:
    return IngestReport(**{**part, "sources": [SourceTotals(**totals) for totals in part["sources"]]})


def _with_lines(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "findings": [CheckLine(**line) for line in part["findings"]]}
