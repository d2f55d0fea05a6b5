"""Arrow arrays straight from NumPy buffers, without a Python object per value.

Integers hold NULL and texts '' where empty, as in frames; which column becomes which array is in `tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.simulate.frames import NULL, Flags, Ints, Texts
from dagster_project.simulate.timeline import DAY

# Arrow makes these functions when it is imported, where type checkers don't see them.
compute: Any = pc
_SLICE = 16_384  # rows at a time, so that what is between two steps stays in the processor's cache
_ASCII = 128


def texts(values: Texts | pa.Array) -> pa.Array:
    """Texts as an Arrow array without nulls; dictionaries are resolved."""
    if not isinstance(values, np.ndarray):
        plain = values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values
        return compute.fill_null(plain, "") if plain.null_count else plain
    width = values.dtype.itemsize // 4
    if not len(values) or not width:
        return pa.array([""] * len(values), type=pa.string())
    characters = np.ascontiguousarray(values).view(np.uint32).reshape(len(values), width)
    parts, lengths = [], []
    for start in range(0, len(values), _SLICE):
        piece = characters[start : start + _SLICE]
        if piece.max() >= _ASCII:
            return pa.array(values.tolist(), type=pa.string())
        narrow = piece.astype(np.uint8)
        used = narrow != 0
        parts.append(narrow[used])
        lengths.append(used.sum(axis=1))
    return _strings(np.concatenate(parts), np.concatenate(lengths))


def ascii_texts(strings: pa.Array) -> Texts:
    """A NumPy array of an Arrow array of ASCII texts without nulls."""
    offsets = np.frombuffer(strings.buffers()[1], np.int32)[strings.offset : strings.offset + len(strings) + 1]
    lengths = np.diff(offsets)
    width = max(1, int(lengths.max(initial=0)))
    characters = np.zeros((len(strings), width), dtype=np.uint8)
    if len(strings) and offsets[-1] > offsets[0]:
        data = np.frombuffer(strings.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
        characters[np.arange(width) < lengths[:, None]] = data
    return characters.view(f"S{width}").reshape(len(strings)).astype(np.str_)


def fixed_width(rows: np.ndarray, known: Flags, *, nullable: bool) -> pa.Array:
    """Texts of equal width, one per structured row; where not `known`, null or else ''."""
    characters = rows.view(np.uint8).reshape(len(rows), rows.dtype.itemsize)
    lengths = np.where(known, characters.shape[1], 0)
    data = characters if known.all() else characters[known]
    return _strings(data.reshape(-1), lengths, known if nullable else None)


def nulls_for_empty(strings: pa.Array) -> pa.Array:
    """The same strings, null where ''."""
    offsets = np.frombuffer(strings.buffers()[1], np.int32)[strings.offset : strings.offset + len(strings) + 1]
    known = offsets[1:] > offsets[:-1]
    if strings.offset or known.all():
        return strings if known.all() else compute.if_else(pa.array(known), strings, None)
    return pa.Array.from_buffers(strings.type, len(strings), [_validity(known), *strings.buffers()[1:]])


def integers(values: Ints, kind: pa.DataType) -> pa.Array:
    """64-bit values of any type; null for NULL."""
    known = values != NULL
    return pa.Array.from_buffers(kind, len(values), [_validity(known), pa.py_buffer(np.ascontiguousarray(values))])


def days(values: Ints) -> pa.Array:
    """Dates from days since 1970; null for NULL."""
    known = values != NULL
    narrow = np.where(known, values, 0).astype(np.int32)
    return pa.Array.from_buffers(pa.date32(), len(values), [_validity(known), pa.py_buffer(narrow)])


def instants(values: Ints) -> pa.Array:
    """Timestamps (UTC, to the millisecond as the CRM keeps them) from seconds since 1970; null for NULL."""
    return integers(np.where(values == NULL, NULL, values * 1000), pa.timestamp("ms"))


def decimals(values: Ints, scale: int) -> pa.Array:
    """Decimals of 18 digits from integers of their last place; null for NULL."""
    known = values != NULL
    wide = np.empty((len(values), 2), dtype=np.int64)
    wide[:, 0] = np.where(known, values, 0)
    wide[:, 1] = wide[:, 0] >> 63
    return pa.Array.from_buffers(pa.decimal128(18, scale), len(values), [_validity(known), pa.py_buffer(wide)])


def words(names: Sequence[str], codes: Ints) -> pa.Array:
    """A dictionary array of the names by code; null for NULL and for the name ''."""
    distinct = [name for name in dict.fromkeys(names) if name]
    places = {"": -1} | {name: place for place, name in enumerate(distinct)}
    position = np.array([places[name] for name in [*names, ""]], dtype=np.int32)
    index = position[np.where(codes == NULL, len(names), codes)]
    known = index >= 0
    indices = pa.Array.from_buffers(pa.int32(), len(index), [_validity(known), pa.py_buffer(np.where(known, index, 0))])
    return pa.DictionaryArray.from_arrays(indices, pa.array(distinct, type=pa.string()))


def spelled(names: Sequence[str], codes: np.ndarray) -> pa.Array:
    """Names by code, '' for NULL; no nulls."""
    table = pa.array([*names, ""], type=pa.string())
    return table.take(pa.array(np.where(codes == NULL, len(names), codes)))


def written_days(values: Ints) -> pa.Array:
    """Dates as text, such as 2026-03-31; '' for NULL."""
    known = values != NULL
    if not known.any():
        return spelled((), values)
    rows = np.empty(len(values), dtype=[("date", "S10")])
    rows["date"] = _dates(values, known)
    return fixed_width(rows, known, nullable=False)


def written_instants(values: Ints) -> pa.Array:
    """Instants as text, such as 2026-03-31T08:05:00.000Z; '' for NULL."""
    known = values != NULL
    if not known.any():
        return spelled((), values)
    rows = np.empty(len(values), dtype=[("date", "S10"), ("between", "S1"), ("time", "S8"), ("zone", "S5")])
    rows["date"] = _dates(np.where(known, values // DAY, NULL), known)
    rows["between"] = b"T"
    rows["time"] = _times()[np.where(known, values, 0) % DAY]
    rows["zone"] = b".000Z"
    return fixed_width(rows, known, nullable=False)


def _dates(values: Ints, known: Flags) -> np.ndarray:
    """Ten characters per day, from a table of the days between the first and the last."""
    first = int(values[known].min())
    table = np.datetime_as_string(np.arange(first, int(values.max()) + 1).astype("datetime64[D]")).astype("S10")
    return table[np.where(known, values - first, 0)]


@cache
def _times() -> np.ndarray:
    seconds = np.arange(DAY).astype("datetime64[s]")
    return np.array([written[11:] for written in np.datetime_as_string(seconds).tolist()], dtype="S8")


def _strings(data: np.ndarray, lengths: np.ndarray, known: Flags | None = None) -> pa.Array:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    validity = None if known is None else _validity(known)
    buffers: list[Any] = [validity, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.string(), len(lengths), buffers)


def _validity(known: Flags) -> Any:
    """Bitmap of the known values; None where all are."""
    return None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
