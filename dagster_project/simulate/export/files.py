"""Files as a source would land them: one per object and extract, in the format that the object is exported in.

Bytes depend on the content alone: no clock, no file name and no compressor of the platform in them.
"""

from __future__ import annotations

import csv
import io
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.simulate.frames import NULL
from dagster_project.simulate.records.tables import Column

# Which suffix each object is exported with; CSV elsewhere. The variety is there so that a first run meets each reader.
FORMATS = {"CampaignMember": "jsonl.gz", "EmailMessage": "parquet", "Task": "csv.gz"}
_BLOCK = 65_535


def write(path: Path, columns: Mapping[str, Column], extra: Sequence[Mapping[str, str]] = ()) -> int:
    """Write one file in the format of its suffix, with `extra` rows as they are (not Parquet); returns its rows.

    The folder is made. Raises ValueError on extra rows for Parquet, which can't hold text in a typed column.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = len(next(iter(columns.values())).values) + len(extra)
    name = path.name
    if name.endswith(".parquet"):
        if extra:
            raise ValueError(f"{name} is Parquet: its columns are typed and can't hold unusable values")
        pq.write_table(_arrow(columns), path, compression="snappy", version="2.6")
        return rows
    body = _jsonl(columns, extra) if ".jsonl" in name else _csv(columns, extra)
    path.write_bytes(gzip_stored(body) if name.endswith(".gz") else body)
    return rows


def gzip_stored(body: bytes) -> bytes:
    """A gzip member with stored blocks (RFC 1951, 3.2.4): compressors differ between platforms, this doesn't."""
    blocks = [body[start : start + _BLOCK] for start in range(0, len(body), _BLOCK)] or [b""]
    parts = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    for number, block in enumerate(blocks):
        last = number == len(blocks) - 1
        parts.append(struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block)
    parts.append(struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF))
    return b"".join(parts)


def _csv(columns: Mapping[str, Column], extra: Sequence[Mapping[str, str]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    writer.writerows(zip(*(column.as_text().tolist() for column in columns.values()), strict=True))
    writer.writerows([row[name] for name in columns] for row in extra)
    return buffer.getvalue().encode()


def _jsonl(columns: Mapping[str, Column], extra: Sequence[Mapping[str, str]]) -> bytes:
    values = []
    for column in columns.values():
        if column.kind == "flag":
            values.append(column.values.tolist())
        else:
            values.append([item or None for item in column.as_text().tolist()])
    names = list(columns)
    rows = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
    rows += [{name: row[name] or None for name in names} for row in extra]
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows).encode()


def _arrow(columns: Mapping[str, Column]) -> pa.Table:
    return pa.table({name: _array(column) for name, column in columns.items()})


def _array(column: Column) -> pa.Array:
    if column.kind == "flag":
        return pa.array(column.values)
    if column.kind == "instant":
        return pa.array((np.where(column.values == NULL, 0, column.values) * 1000), mask=column.values == NULL).cast(
            pa.timestamp("ms")
        )
    written = column.as_text()
    return pa.array(written.tolist(), type=pa.string(), mask=written == "")
