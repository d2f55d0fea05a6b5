"""What an export is made of: versions of records with typed columns, and how a column is written as text.

Which records and columns there are is in the modules of each source, files are in `export`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.simulate.frames import NULL, Flags, Ints, Texts, labels
from dagster_project.simulate.records import arrow
from dagster_project.simulate.records.ids import id_array, written_ids
from dagster_project.simulate.timeline import DAY

Kind = Literal["text", "record", "label", "instant", "day", "cents", "flag", "number", "millionths"]
_PLACES = {"cents": 2, "millionths": 6}


@dataclass(frozen=True)
class Column:
    """Values of one column. Integers hold NULL, texts '' where empty; a flag is never empty.

    A `record` is an id (`ids`), a `label` a position in `names`; texts may be an Arrow array.
    """

    kind: Kind
    values: Any
    names: tuple[str, ...] = ()

    def as_arrow(self) -> pa.Array:
        """The values typed as Parquet holds them, null where empty; labels are a dictionary."""
        match self.kind:
            case "text":
                return arrow.nulls_for_empty(arrow.texts(self.values))
            case "flag":
                return pa.array(self.values)
            case "record":
                return id_array(self.values, nullable=True)
            case "label":
                return arrow.words(self.names, self.values)
            case "instant":
                return arrow.instants(self.values)
            case "day":
                return arrow.days(self.values)
            case "number":
                return arrow.integers(self.values, pa.int64())
            case "cents" | "millionths":
                return arrow.decimals(self.values, _PLACES[self.kind])

    def as_strings(self) -> pa.Array:
        """Each value as a Salesforce CSV export writes it; '' where empty, no nulls."""
        match self.kind:
            case "text":
                return arrow.texts(self.values)
            case "flag":
                return arrow.spelled(("false", "true"), self.values.astype(np.int8))
            case "record":
                return id_array(self.values, nullable=False)
            case "label":
                return arrow.spelled(self.names, self.values)
            case "instant":
                return arrow.written_instants(self.values)
            case "day":
                return arrow.written_days(self.values)
            case "number" | "cents" | "millionths":
                return pc.fill_null(self.as_arrow().cast(pa.string()), "")

    def as_text(self) -> Texts:
        """What `as_strings` has, as a NumPy array to compute with."""
        if self.kind == "text" and isinstance(self.values, np.ndarray):
            return self.values
        if self.kind == "record":
            return written_ids(self.values)
        if self.kind == "label":
            return labels(self.names, self.values)
        if self.kind == "text":
            return self.as_strings().to_numpy(zero_copy_only=False).astype(np.str_)
        return arrow.ascii_texts(self.as_strings())

    def take(self, index: np.ndarray) -> Column:
        """Rows by position."""
        if isinstance(self.values, pa.Array):
            return Column(self.kind, self.values.take(pa.array(index)), self.names)
        return Column(self.kind, self.values[index], self.names)


@dataclass(frozen=True)
class Table:
    """Versions of the records of one object: `key` says which record, `modified` since when the version holds.

    A record's versions have different instants; the first column is its id (except in `generic` objects).
    """

    source: str
    name: str
    key: Ints
    modified: Ints
    columns: Mapping[str, Column]

    @property
    def path(self) -> str:
        """Folder of the object's files, such as salesforce/Opportunity."""
        return f"{self.source}/{self.name}"

    def newest(self, begin: int, end: int) -> np.ndarray:
        """Rows of the newest version, within [begin, end), of every record changed then; by record."""
        rows = np.flatnonzero((self.modified >= begin) & (self.modified < end))
        rows = rows[np.lexsort((self.modified[rows], self.key[rows]))]
        last = np.append(self.key[rows][1:] != self.key[rows][:-1], True) if len(rows) else np.zeros(0, dtype=np.bool_)
        return rows[last]


def versions(*moments: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Every (record, instant) of the moments once, by record and instant; NULL instants are left out."""
    record = np.concatenate([moment[0] for moment in moments])
    at = np.concatenate([moment[1] for moment in moments])
    record, at = record[at != NULL], at[at != NULL]
    order = np.lexsort((at, record))
    record, at = record[order], at[order]
    new = np.append(True, (record[1:] != record[:-1]) | (at[1:] != at[:-1])) if len(record) else record.astype(bool)
    return record[new], at[new]


def text(values: np.ndarray | pa.Array) -> Column:
    """Texts, '' (or null, in Arrow) where empty."""
    return Column("text", values)


def record(ids: Ints) -> Column:
    """Ids of records (`ids.record_ids`), NULL where there is none."""
    return Column("record", ids)


def label(names: Sequence[str], codes: Ints) -> Column:
    """Words by their position in `names`, NULL where empty."""
    return Column("label", codes, tuple(names))


def instant(values: Ints) -> Column:
    """Instants, written to the second in UTC."""
    return Column("instant", values)


def day(instants: Ints) -> Column:
    """A date column from instants."""
    return Column("day", np.where(instants == NULL, NULL, instants // DAY))


def cents(values: Ints) -> Column:
    """Amounts of money in cents."""
    return Column("cents", values)


def flag(values: Flags) -> Column:
    """True or false."""
    return Column("flag", values)


def number(values: Ints) -> Column:
    """Whole numbers."""
    return Column("number", values)
