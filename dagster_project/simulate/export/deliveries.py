"""Which extract delivers which versions of a table's records: a function per habit of exports.

A delivery is a pair of an extract's position and a version; versions are numbered by record, then by instant. Whatever
the habits, the newest version of every record that changed before the last extract's end is delivered by then;
deletions may be told by absence alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dagster_project.simulate.export.extracts import Extract
from dagster_project.simulate.frames import Flags, Ints, explode, full, sample, stream
from dagster_project.simulate.options import Options
from dagster_project.simulate.records.tables import Table
from dagster_project.simulate.timeline import DAY

_LATE_DAYS = 5
# Objects of which every extract is whole where deleted records vanish, with the column that marks those elsewhere.
SNAPSHOTS = {
    "salesforce/Opportunity": "IsDeleted",
    "hubspot/deal": "is_deleted",
    "generic/opportunities": "is_deleted",
}


@dataclass(frozen=True)
class _Versions:
    """A table's versions within the extracts: row of the table, record's number from 0, instant."""

    row: Ints
    record: Ints
    modified: Ints


def deliveries(options: Options, table: Table, plan: Sequence[Extract], part: int) -> tuple[Ints, Ints]:
    """Extract and row of every delivery, by extract, then by record (in random order where they are shuffled).

    `part` numbers the blocks that a table comes in. No extract holds two versions of one record.
    """
    versions = _versions(table, plan[-1].end)
    everyone = np.arange(len(versions.row))
    ends = np.array([extract.end for extract in plan])
    arrival = np.searchsorted(ends, versions.modified, side="right").astype(np.int64)
    if options.late:
        arrival = _late(stream(options.seed, f"late {table.path} {part}"), options.late, arrival, len(plan) - 1)
    if options.hard_deletes and table.path in SNAPSHOTS:
        is_deleted = table.columns[SNAPSHOTS[table.path]].values[versions.row]
        extract, version = _snapshots(versions, arrival, is_deleted, len(plan))
    else:
        extract, version = arrival, everyone
        if options.overlap_days:
            extract, version = _overlaps(versions, arrival, plan, options.overlap_days)
        extract, version = _newest(versions, extract, version)
        if options.late and not _tells_versions(table):
            extract, version = _in_order(versions, extract, version)
    if options.shuffled:
        lot = stream(options.seed, f"order {table.path} {part}").random(len(extract))
        order = np.lexsort((lot, extract))
        extract, version = extract[order], version[order]
    return extract, versions.row[version]


def _versions(table: Table, end: int) -> _Versions:
    row = np.flatnonzero(table.modified < end)
    key, modified = table.key[row], table.modified[row]
    if not ((key[1:] > key[:-1]) | ((key[1:] == key[:-1]) & (modified[1:] > modified[:-1]))).all():
        order = np.lexsort((modified, key))
        row, key, modified = row[order], key[order], modified[order]
    return _Versions(row, np.cumsum(np.diff(key, prepend=key[:1]) != 0), modified)


def _late(rng: np.random.Generator, share: float, arrival: Ints, last: int) -> Ints:
    """A share of the versions misses its extract and comes some days later, in the last one at the latest."""
    chosen = sample(rng, np.ones(len(arrival), dtype=np.bool_), round(share * len(arrival)))
    days = rng.integers(1, _LATE_DAYS + 1, len(arrival))
    return np.where(chosen, np.minimum(arrival + days, last), arrival)


def _overlaps(versions: _Versions, arrival: Ints, plan: Sequence[Extract], days: int) -> tuple[Ints, Ints]:
    """Every version again in the extracts that begin within some days after it."""
    begins = np.array([extract.begin for extract in plan])
    last = np.searchsorted(begins, versions.modified + days * DAY, side="right") - 1
    version, further = explode(np.maximum(last - arrival, 0) + 1)
    return arrival[version] + further, version


def _newest(versions: _Versions, extract: Ints, version: Ints) -> tuple[Ints, Ints]:
    """One version per extract and record, by extract; comes and goes in order of versions."""
    order = np.argsort(extract, kind="stable")
    extract, version = extract[order], version[order]
    record = versions.record[version]
    last = np.append(
        (extract[1:] != extract[:-1]) | (record[1:] != record[:-1]), np.ones(min(len(extract), 1), np.bool_)
    )
    return extract[last], version[last]


def _tells_versions(table: Table) -> bool:
    """Whether a column holds each version's instant, so that an older version is known as such."""
    instants = [column.values for column in table.columns.values() if column.kind == "instant"]
    return any(np.array_equal(values, table.modified) for values in instants)


def _in_order(versions: _Versions, extract: Ints, version: Ints) -> tuple[Ints, Ints]:
    """Without versions that come after a newer one of their record."""
    order = np.lexsort((extract, versions.record[version]))
    kept = np.zeros(len(order), dtype=np.bool_)
    kept[order] = version[order] >= np.maximum.accumulate(version[order])
    return extract[kept], version[kept]


def _snapshots(versions: _Versions, arrival: Ints, is_deleted: Flags, extracts: int) -> tuple[Ints, Ints]:
    """In each extract the newest version of every record that has come by then and isn't deleted."""
    arrived = np.argsort(arrival, kind="stable")
    edges = np.searchsorted(arrival[arrived], np.arange(extracts + 1))
    newest = full(int(versions.record[-1]) + 1 if len(versions.record) else 0, -1)
    living = []
    for extract in range(extracts):
        come = arrived[edges[extract] : edges[extract + 1]]
        np.maximum.at(newest, versions.record[come], come)
        known = newest[newest >= 0]
        living.append(known[~is_deleted[known]])
    extract = np.repeat(np.arange(extracts), [len(version) for version in living])
    return extract, np.concatenate(living)
