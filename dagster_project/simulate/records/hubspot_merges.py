"""Merged records as HubSpot shows them: the one that stays names those that went, from the merge on."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import NULL, Ints, as_of
from dagster_project.simulate.records.hubspot_ids import hubspot_ids
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column, Table, number
from dagster_project.simulate.world.build import World


def merges(table: Table) -> tuple[Ints, Ints, Ints]:
    """Merges in a table of versions: record that stays, record that goes, instant; by record and instant."""
    columns = table.columns
    lost = np.flatnonzero(columns["IsDeleted"].values & (columns["MasterRecordId"].values != NULL))
    winner, loser, at = columns["MasterRecordId"].values[lost], columns["Id"].values[lost], table.modified[lost]
    order = np.lexsort((at, winner))
    return winner[order], loser[order], at[order]


def with_merges(table: Table) -> tuple[Ints, Ints, Ints]:
    """Versions and those that a merge makes: row of the table, instant, and the record merged by then (or NULL)."""
    known, number = np.unique(table.columns["Id"].values, return_inverse=True)
    winner, loser, merged_at = merges(table)
    winner = np.searchsorted(known, winner)
    by_record = np.lexsort((table.modified, number))
    row = as_of(number[by_record], table.modified[by_record], by_record, winner, merged_at)
    rows, at = np.concatenate([by_record, row]), np.concatenate([table.modified[by_record], merged_at])
    order = np.lexsort((at, number[rows]))
    rows, at = rows[order], at[order]
    new = np.append(True, (np.diff(number[rows]) != 0) | (np.diff(at) != 0))[: len(rows)]
    rows, at = rows[new], at[new]
    return rows, at, as_of(winner, merged_at, loser, number[rows], at)


def merged_ids(world: World, ids: Ids, records: Ints) -> Column:
    """HubSpot's list of merged records, which never has more than one here."""
    return number(hubspot_ids(world, ids, records))
