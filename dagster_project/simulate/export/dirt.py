"""Unusable rows, as every real export holds a few. They are extra rows: what is true stays untouched."""

from __future__ import annotations

import numpy as np

from dagster_project.simulate.frames import stream
from dagster_project.simulate.options import Options
from dagster_project.simulate.records.ids import record_ids, written_ids
from dagster_project.simulate.records.tables import Table

_FIRST_NUMBER = 10**12
# What is broken in which object: column and value ('' empties it).
BREAKAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "Opportunity": (("Amount", "N/A"), ("CloseDate", "31/31/2025")),
    "Lead": (("ConvertedDate", "31/31/2025"), ("Id", "")),
    "Contact": (("CreatedDate", "yesterday"),),
    "Task": (("Id", ""), ("CallDurationInSeconds", "2 min")),
    "CampaignMember": (("CampaignId", ""),),
}


def dirty_rows(options: Options, table: Table) -> list[dict[str, str]]:
    """Copies of rows under ids of their own, each with one unusable value.

    As many as the asked share of the object's records, one at least where the share isn't 0.
    """
    if not options.dirt or table.name not in BREAKAGES or not len(table.key):
        return []
    rng = stream(options.seed, f"dirt {table.name}")
    count = max(1, round(options.dirt * len(np.unique(table.key))))
    chosen = np.sort(rng.integers(0, len(table.key), count))
    text = {header: column.take(chosen).as_text().tolist() for header, column in table.columns.items()}
    text["Id"] = written_ids(record_ids(table.name, _FIRST_NUMBER + np.arange(count))).tolist()
    rows = [{header: values[number] for header, values in text.items()} for number in range(count)]
    breakages = BREAKAGES[table.name]
    for number, row in enumerate(rows):
        header, value = breakages[number % len(breakages)]
        row[header] = value
    return rows
