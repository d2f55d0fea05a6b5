"""Files as a source would land them, in the format that the object is exported in; they grow part by part.

Bytes depend on the content and its parts alone: no clock, no file name and no compressor of the platform in them.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from dagster_project.simulate.export.lines import content, csv_line, csv_lines
from dagster_project.simulate.records.tables import Column

# Which suffix each object is exported with; CSV elsewhere. The variety is there so that a first run meets each reader.
FORMATS = {"CampaignMember": "jsonl.gz", "EmailMessage": "parquet", "Task": "csv.gz"}
_BLOCK = 65_535


@dataclass(frozen=True)
class Written:
    """A file, its rows, and how many of them are unusable."""

    path: Path
    rows: int
    unusable: int = 0


class Files:
    """Files to which rows are added in several parts. What lay under their names before is overwritten.

    Parquet files stay open until the end, or, where `is_spilling`, further parts lie beside the file until then, so
    that any number of files can grow.
    """

    def __init__(self, *, is_spilling: bool) -> None:
        self._is_spilling = is_spilling
        self._written: dict[Path, Written] = {}
        self._writers: dict[Path, pq.ParquetWriter] = {}
        self._pieces: dict[Path, list[Path]] = {}
        self._endings: dict[Path, list[bytes]] = {}

    def add_text(self, path: Path, header: bytes, body: bytes | memoryview, rows: int, unusable: int = 0) -> None:
        """Add lines to a file, behind `header` in a new one; `.gz` grows by a member."""
        is_new = self._count(path, rows, unusable)
        body = (header if is_new else b"") + body
        with path.open("wb" if is_new else "ab") as stream:
            stream.write(gzip_stored(body) if path.suffix == ".gz" else body)

    def add_ending(self, path: Path, line: bytes) -> None:
        """Keep an unusable last line, without line end, for when a file is finished; further ones come before it."""
        self._count(path, 1, 1)
        self._endings.setdefault(path, []).append(line)

    def add_rows(self, path: Path, rows: pa.Table) -> None:
        """Add rows to a Parquet file."""
        is_new = self._count(path, rows.num_rows, 0)
        if self._is_spilling and not is_new:
            pieces = self._pieces.setdefault(path, [])
            pieces.append(path.with_name(f"{path.name}.{len(pieces)}.arrow"))
            with ipc.new_file(pieces[-1], rows.schema) as stream:
                stream.write_table(rows)
            return
        if is_new:
            self._writers[path] = parquet_writer(path, rows.schema)
        self._writers[path].write_table(rows)
        if self._is_spilling:
            self._writers.pop(path).close()

    def close(self) -> list[Written]:
        """Finish the files, in the order in which they were begun."""
        for writer in self._writers.values():
            writer.close()
        for path, pieces in self._pieces.items():
            _assemble(path, pieces)
        for path, lines in self._endings.items():
            body = b"\n".join(lines)
            with path.open("ab") as stream:
                stream.write(gzip_stored(body) if path.suffix == ".gz" else body)
        return list(self._written.values())

    def _count(self, path: Path, rows: int, unusable: int) -> bool:
        """Count rows; whether the file is new."""
        found = self._written.get(path)
        if found is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._written[path] = Written(path, rows, unusable)
            return True
        self._written[path] = replace(found, rows=found.rows + rows, unusable=found.unusable + unusable)
        return False


def write(path: Path, columns: Mapping[str, Column]) -> int:
    """Write one whole file, CSV or Parquet by its suffix, and its folder; returns its rows."""
    files = Files(is_spilling=False)
    if path.suffix == ".parquet":
        files.add_rows(path, arrow_table(columns))
    else:
        lines = csv_lines(columns)
        files.add_text(path, csv_line(columns).encode(), content(lines), len(lines))
    (written,) = files.close()
    return written.rows


def arrow_table(columns: Mapping[str, Column]) -> pa.Table:
    """Columns typed as Parquet holds them."""
    return pa.table({name: column.as_arrow() for name, column in columns.items()})


def parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer with the settings of all Parquet files here; dictionaries only where values recur."""
    recurring = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    options: Any = {"use_dictionary": recurring or False, "store_decimal_as_integer": True}
    return pq.ParquetWriter(path, schema, version="2.6", compression="snappy", **options)


def gzip_stored(body: bytes | memoryview) -> bytes:
    """A gzip member with stored blocks (RFC 1951, 3.2.4): compressors differ between platforms, this doesn't."""
    blocks = [body[start : start + _BLOCK] for start in range(0, len(body), _BLOCK)] or [b""]
    parts = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    for number, block in enumerate(blocks):
        last = number == len(blocks) - 1
        parts.append(struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block)
    parts.append(struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF))
    return b"".join(parts)


def _assemble(path: Path, pieces: list[Path]) -> None:
    """Put further parts behind the first and delete them."""
    whole = path.with_name(f"{path.name}.whole")
    with pq.ParquetFile(path) as first:
        rows = first.read()
    with parquet_writer(whole, rows.schema) as writer:
        writer.write_table(rows)
        for piece in pieces:
            with ipc.open_file(piece) as stream:
                writer.write_table(stream.read_all())
    os.replace(whole, path)
    for piece in pieces:
        piece.unlink()
