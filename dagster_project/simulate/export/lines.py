"""Rows as lines of text, CSV or JSON, built column by column."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from dagster_project.simulate.frames import Ints
from dagster_project.simulate.records.arrow import compute
from dagster_project.simulate.records.tables import Column

_CSV_SPECIAL = tuple(b'",\r\n')
_JSON_SPECIAL = tuple(b'"\\')


def csv_line(values: Iterable[str]) -> str:
    """One CSV record with its line end; quotes only where needed."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_MINIMAL).writerow(values)
    return buffer.getvalue()


def json_line(values: Mapping[str, str]) -> str:
    """One JSON object with its line end; null for ''."""
    row = {name: value or None for name, value in values.items()}
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def csv_lines(columns: Mapping[str, Column]) -> pa.Array:
    """CSV records without header, each with its line end."""
    pieces: list[pa.Array | str] = []
    for column in columns.values():
        pieces += [_csv_cells(column), ","]
    return _joined([*pieces[:-1], "\n"])


def json_lines(columns: Mapping[str, Column]) -> pa.Array:
    """JSON objects, each with its line end: text for everything but flags, null where empty."""
    pieces: list[pa.Array | str] = []
    for number, (name, column) in enumerate(columns.items()):
        pieces += [f"{',' if number else '{'}{json.dumps(name)}:", _json_cells(column)]
    return _joined([*pieces, "}\n"])


def offsets(lines: pa.Array) -> Ints:
    """Where each line begins in the lines' bytes, and where the last one ends."""
    return np.frombuffer(lines.buffers()[1], np.int32)[: len(lines) + 1].astype(np.int64)


def content(lines: pa.Array) -> memoryview:
    """The lines' bytes."""
    return memoryview(lines.buffers()[2])


def _joined(pieces: Sequence[pa.Array | str]) -> pa.Array:
    """The pieces of each row, one behind the other."""
    return compute.binary_join_element_wise(*pieces, "")


def _csv_cells(column: Column) -> pa.Array:
    if column.kind == "label":
        quoted = tuple(csv_line([name, ""])[:-2] for name in column.names)
        return Column("label", column.values, quoted).as_strings()
    cells = column.as_strings()
    if column.kind != "text" or not _holds(cells, _CSV_SPECIAL):
        return cells
    quoted = compute.binary_join_element_wise('"', compute.replace_substring(cells, '"', '""'), '"', "")
    return compute.if_else(compute.match_substring_regex(cells, '[",\r\n]'), quoted, cells)


def _json_cells(column: Column) -> pa.Array:
    if column.kind == "flag":
        return column.as_strings()
    if column.kind == "label":
        names = [_json_cell(name) for name in column.names]
        table = pa.array([*names, "null"])
        known = np.where((column.values >= 0) & (column.values < len(names)), column.values, len(names))
        return table.take(pa.array(known))
    cells = column.as_strings()
    if column.kind == "text" and _holds(cells, _JSON_SPECIAL, least=32):
        return pa.array([_json_cell(cell) for cell in cells.to_pylist()], type=pa.string())
    quoted = compute.binary_join_element_wise('"', cells, '"', "")
    return compute.if_else(compute.equal(cells, ""), "null", quoted)


def _json_cell(text: str) -> str:
    return json.dumps(text or None, ensure_ascii=False)


def _holds(cells: pa.Array, special: tuple[int, ...], least: int = 0) -> bool:
    """Whether any character is one of the special ones or below `least`."""
    data = cells.buffers()[2]
    characters = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return bool(len(characters)) and (
        any((characters == code).any() for code in special) or int(characters.min()) < least
    )
