"""Reading the sample company's files back as plain rows, without any code that wrote them."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pyarrow.parquet as pq

Row = dict[str, str]
Landing = dict[str, list[Row]]


def read_landing(landing: Path) -> Landing:
    """All rows of every object under its name, files in the order of their extract times; values as text, '' empty."""
    return {
        folder.name: [row for path in sorted(folder.iterdir()) for row in read_file(path)]
        for folder in sorted(landing.glob("*/*"))
    }


def read_file(path: Path) -> list[Row]:
    """Rows of one file in any of the formats that the sample is exported in."""
    if path.suffix == ".parquet":
        return [_as_text(row) for row in pq.read_table(path).to_pylist()]
    body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if ".jsonl" in path.name:
        return [_as_text(json.loads(line)) for line in body.decode().splitlines()]
    return list(csv.DictReader(body.decode().splitlines()))


def _as_text(row: dict[str, object]) -> Row:
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def read_truth(folder: Path, name: str) -> list[Row]:
    return list(csv.DictReader((folder / f"{name}.csv").read_text().splitlines()))
