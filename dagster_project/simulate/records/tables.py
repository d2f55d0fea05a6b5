"""What an export is made of: versions of records with typed columns, and how a column is written as text.

Which records and columns there are is in the `records_*` modules; files are in `files`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dagster_project.simulate.frames import NULL, Flags, Ints, Texts, labels
from dagster_project.simulate.records.ids import written_ids
from dagster_project.simulate.timeline import DAY

Kind = Literal["text", "record", "label", "instant", "day", "cents", "flag", "number", "millionths"]


@dataclass(frozen=True)
class Column:
    """Values of one column. Integers hold NULL, texts '' where empty; a flag is never empty.

    A `record` is an id (`ids`), a `label` a position in `names`.
    """

    kind: Kind
    values: np.ndarray
    names: tuple[str, ...] = ()

    def as_text(self) -> Texts:
        """Each value as a Salesforce CSV export writes it; '' where empty."""
        if self.kind == "text":
            return self.values
        if self.kind == "flag":
            return np.where(self.values, "true", "false")
        if self.kind == "record":
            return written_ids(self.values)
        if self.kind == "label":
            return labels(self.names, self.values)
        if not len(self.values):
            return np.array([], dtype=np.str_)
        empty = self.values == NULL
        values = np.where(empty, 0, self.values)
        if self.kind == "instant":
            written = np.char.add(np.datetime_as_string(values.astype("datetime64[s]")), ".000Z")
        elif self.kind == "day":
            written = np.datetime_as_string(values.astype("datetime64[D]"))
        elif self.kind == "number":
            written = values.astype(str)
        else:
            written = _decimal(values, 2 if self.kind == "cents" else 6)
        return np.where(empty, "", written)

    def take(self, index: np.ndarray) -> Column:
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


def text(values: np.ndarray) -> Column:
    """Texts, '' where empty."""
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


def _decimal(values: Ints, places: int) -> Texts:
    unit = 10**places
    fraction = np.char.zfill((np.abs(values) % unit).astype(str), places)
    sign = np.where(values < 0, "-", "")
    whole = np.char.add(sign, (np.abs(values) // unit).astype(str))
    return np.asarray(np.char.add(whole, np.char.add(".", fraction)), dtype=np.str_)
