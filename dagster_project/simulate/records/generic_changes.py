"""Changes of opportunities and leads as flat files: one row per field and save, made from the records' versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dagster_project.simulate.frames import NULL, Flags, Ints
from dagster_project.simulate.records.tables import Column, Table, instant, label, number, text

# Fields by the column of the Salesforce record that holds them. A CRM keeps the stage's history from creation on; that
# of the others where somebody asked for it, and then without the first value.
STAGE_FIELDS = {
    "stage": "StageName",
    "amount": "Amount",
    "close_date": "CloseDate",
    "forecast_category": "ForecastCategory",
    "probability": "Probability",
}
TRACKED_FIELDS = {
    "owner_id": "OwnerId",
    "source": "LeadSource",
    "primary_campaign_id": "CampaignId",
    "next_step": "NextStep",
    "loss_reason": "Loss_Reason__c",
}
_LEAD_FIELDS = {"Status": "status", "LeadSource": "source", "Owner": "owner_id"}


def opportunity_changes(opportunities: Table, field_history: bool) -> Table:
    """Every change of the stage and what goes with it, the values at creation included; other fields if tracked."""
    fields = STAGE_FIELDS | (TRACKED_FIELDS if field_history else {})
    columns = {field: opportunities.columns[name] for field, name in fields.items()}
    rows = changed_values(opportunities, columns, list(STAGE_FIELDS))
    index = rows.row
    key = np.arange(len(index))
    first = np.append(True, opportunities.key[index][1:] != opportunities.key[index][:-1])
    starts = np.maximum.accumulate(np.where(first, key, 0))
    values = {
        "opportunity_id": opportunities.columns["Id"].take(index),
        "field": label(list(columns), rows.field),
        "old_value": text(rows.old),
        "new_value": text(rows.new),
        "changed_at": instant(opportunities.modified[index]),
        "changed_by_id": opportunities.columns["LastModifiedById"].take(index),
        "sequence_number": number(key - starts + 1),
    }
    return Table("generic", "opportunity_changes", key, opportunities.modified[index], values)


@dataclass(frozen=True)
class Changes:
    """Changes by record, instant and column: the version that brought each, the column's position, values as text."""

    row: Ints
    field: Ints
    old: pa.Array
    new: pa.Array


def changed_values(table: Table, columns: Mapping[str, Column], from_creation: Sequence[str]) -> Changes:
    """Every change of the columns in a table of versions, which is sorted by record and instant.

    The first value of a record counts as a change of the columns `from_creation`, unless it is empty.
    """
    first = _first_versions(table)
    parts: list[Changes] = []
    for position, (name, column) in enumerate(columns.items()):
        values = _comparable(column)
        differs = np.append(True, values[1:] != values[:-1])[: len(first)] & ~first
        later = np.flatnonzero(differs)
        parts.append(_part(position, later, column.take(later - 1).as_strings(), column.take(later).as_strings()))
        if name in from_creation:
            created = np.flatnonzero(first)
            created = created[column.take(created).as_arrow().is_valid().to_numpy(zero_copy_only=False)]
            empty = pa.array([""]).take(pa.array(np.zeros(len(created), dtype=np.int64)))
            parts.append(_part(position, created, empty, column.take(created).as_strings()))
    row, field = np.concatenate([part.row for part in parts]), np.concatenate([part.field for part in parts])
    order = np.lexsort((field, row))
    old = pa.concat_arrays([part.old for part in parts]).take(pa.array(order))
    return Changes(row[order], field[order], old, pa.concat_arrays([part.new for part in parts]).take(pa.array(order)))


def lead_changes(history: Table) -> Table:
    """Changes of a lead's status, source and owner, from its history in the CRM."""
    field = history.columns["Field"].as_text()
    index = np.flatnonzero(np.isin(field, list(_LEAD_FIELDS)))
    renamed = field[index].astype("<U13")
    for name, word in _LEAD_FIELDS.items():
        renamed[field[index] == name] = word
    columns = {name: column.take(index) for name, column in history.columns.items()}
    values = {
        "lead_id": columns["LeadId"],
        "field": text(renamed),
        "old_value": columns["OldValue"],
        "new_value": columns["NewValue"],
        "changed_at": columns["CreatedDate"],
        "changed_by_id": columns["CreatedById"],
        "sequence_number": number(history.key[index] + 1),
    }
    return Table("generic", "lead_changes", history.key[index], history.modified[index], values)


def _first_versions(table: Table) -> Flags:
    return np.append(True, table.key[1:] != table.key[:-1])[: len(table.key)]


def _comparable(column: Column) -> Ints:
    """Values of a column, equal where they are written equally: two stages may have the same forecast."""
    if column.kind != "label":
        return column.values
    same = np.array([column.names.index(name) for name in column.names])
    return np.where(column.values == NULL, NULL, same[np.maximum(column.values, 0)])


def _part(field: int, row: Ints, old: pa.Array, new: pa.Array) -> Changes:
    return Changes(row, np.full(len(row), field), old, new)
