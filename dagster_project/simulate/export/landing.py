"""The files of one export: `<source>/<object>/<extract time>.<format>`."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from dagster_project.simulate.export.deliveries import deliveries
from dagster_project.simulate.export.dirt import Columns, Unusable, unusable
from dagster_project.simulate.export.extracts import extracts
from dagster_project.simulate.export.files import FORMATS, Files, Written, arrow_table
from dagster_project.simulate.export.lines import content, csv_line, csv_lines, json_lines, offsets
from dagster_project.simulate.frames import NULL, Ints, sample, stream
from dagster_project.simulate.options import Options
from dagster_project.simulate.records.names import person_names
from dagster_project.simulate.records.tables import Table, number, text
from dagster_project.simulate.timeline import Timeline

_OPEN_EXTRACTS = 16  # with more extracts than this, Parquet files don't stay open from block to block
_LINES = 65_536  # rows that are text at one time
_ROWS = 500_000  # rows that are Arrow at one time, but for an extract that has more
# Who speaks for the deal among the buyers, and the discount offered: what an administrator adds on a whim.
_CUSTOM_COLUMNS = {
    "salesforce/Opportunity": ("Champion__c", "Discount_Percent__c"),
    "hubspot/deal": ("property_champion", "property_discount_percent"),
    "generic/opportunities": ("champion", "discount_percent"),
}


class Landing:
    """The files of one export under `out`; extracts of an object without rows have none.

    Blocks come one after the other; each adds its rows to the same files, in the background, while the next is built.
    """

    def __init__(self, options: Options, out: Path) -> None:
        timeline = Timeline.of(options)
        self._options = options
        self._out = out
        self._plan = extracts(options, timeline)
        self._custom_from = (timeline.start + timeline.end) // 2
        self._files = Files(is_spilling=len(self._plan) > _OPEN_EXTRACTS)
        self._parts: Counter[str] = Counter()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="landing")
        self._pending: Future[None] | None = None

    def add(self, tables: Sequence[Table]) -> None:
        """Add a block's tables; returns once the block before is written. Raises what went wrong with that one."""
        self._settle()
        self._pending = self._worker.submit(self._write_all, list(tables))

    def close(self) -> list[Written]:
        """Finish the files; each with its rows, unusable ones included. Raises what went wrong in writing."""
        try:
            self._settle()
        finally:
            self._worker.shutdown()
        written = self._files.close()
        return [*written, *self._send_again(written)]

    def _settle(self) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.result()

    def _write_all(self, tables: list[Table]) -> None:
        while tables:
            self._write(tables.pop(0))

    def _write(self, table: Table) -> None:
        part = self._parts[table.path]
        self._parts[table.path] += 1
        suffix = FORMATS.get(table.name, "csv") if self._options.format == "mixed" else self._options.format
        paths = [self._out / table.source / table.name / f"{extract.name}.{suffix}" for extract in self._plan]
        columns = self._columns(table)
        extract, row = deliveries(self._options, table, self._plan, part)
        edges = np.searchsorted(extract, np.arange(len(self._plan) + 1))
        for first, last in _batches(edges, columns):
            rows, begins = row[edges[first] : edges[last]], edges[first : last + 1] - edges[first]
            if suffix == "parquet":
                self._add_rows(paths[first:last], columns[first], rows, begins)
            else:
                self._add_lines(paths[first:last], columns[first], rows, begins)
        for line in unusable(self._options, table, part, suffix, (extract, row), columns):
            self._add_unusable(paths[line.extract], line)

    def _columns(self, table: Table) -> list[Columns]:
        """Columns of the object in each extract."""
        if not self._options.custom_columns or table.path not in _CUSTOM_COLUMNS:
            return [table.columns] * len(self._plan)
        wider = {**table.columns, **_custom_columns(table)}
        return [wider if extract.end > self._custom_from else table.columns for extract in self._plan]

    def _add_rows(self, paths: Sequence[Path], columns: Columns, rows: Ints, begins: Ints) -> None:
        whole = arrow_table({name: column.take(rows) for name, column in columns.items()})
        for path, begin, end in zip(paths, begins[:-1].tolist(), begins[1:].tolist(), strict=True):
            if end > begin:
                self._files.add_rows(path, whole.slice(begin, end - begin))

    def _add_lines(self, paths: Sequence[Path], columns: Columns, rows: Ints, begins: Ints) -> None:
        is_csv = ".csv" in paths[0].name
        header = csv_line(columns).encode() if is_csv else b""
        for start in range(0, len(rows), _LINES):
            taken = {name: column.take(rows[start : start + _LINES]) for name, column in columns.items()}
            lines = csv_lines(taken) if is_csv else json_lines(taken)
            body, places = content(lines), offsets(lines)
            inside = np.clip(begins - start, 0, len(lines)).tolist()
            for path, begin, end in zip(paths, inside[:-1], inside[1:], strict=True):
                if end > begin:
                    self._files.add_text(path, header, body[places[begin] : places[end]], end - begin)

    def _add_unusable(self, path: Path, line: Unusable) -> None:
        if line.is_cut:
            self._files.add_ending(path, line.line)
        else:
            self._files.add_text(path, b"", line.line, 1, 1)

    def _send_again(self, written: Sequence[Written]) -> Iterator[Written]:
        """Copies of a share of the files under later extract times; not of the last extract's, after which all ends."""
        later = {extract.name: extract.resent_name for extract in self._plan[:-1]}
        candidates = [item for item in written if item.path.name.split(".")[0] in later]
        rng = stream(self._options.seed, "resent")
        count = round(self._options.resent * len(candidates))
        for place in np.flatnonzero(sample(rng, np.ones(len(candidates), dtype=np.bool_), count)).tolist():
            path = candidates[place].path
            taken, _, suffix = path.name.partition(".")
            copy = path.with_name(f"{later[taken]}.{suffix}")
            shutil.copyfile(path, copy)
            yield replace(candidates[place], path=copy)


def file_columns(written: Sequence[Written], out: Path) -> Columns:
    """One row per file under `out`: what it holds, how many rows, and how many of them can't be used."""
    folders = [item.path.parent for item in written]
    return {
        "file": text(np.array([item.path.relative_to(out).as_posix() for item in written])),
        "source": text(np.array([folder.parent.name for folder in folders])),
        "object": text(np.array([folder.name for folder in folders])),
        "rows": number(np.array([item.rows for item in written], dtype=np.int64)),
        "unusable_rows": number(np.array([item.unusable for item in written], dtype=np.int64)),
    }


def _batches(edges: Ints, columns: Sequence[Columns]) -> Iterator[tuple[int, int]]:
    """Stretches of extracts that have rows and the same columns, of few enough rows to be handled at one time."""
    first = 0
    for last in range(1, len(columns) + 1):
        is_end = last == len(columns) or columns[last] is not columns[first] or edges[last + 1] - edges[first] > _ROWS
        if is_end:
            if edges[last] > edges[first]:
                yield first, last
            first = last


def _custom_columns(table: Table) -> Columns:
    """Two columns that somebody added, filled by the record's number."""
    key = table.key
    champion, discount = _CUSTOM_COLUMNS[table.path]
    return {
        champion: text(np.where(key % 3 == 0, "", person_names(key))),
        discount: number(np.where(key % 4 == 0, NULL, key * 7 % 31)),
    }
