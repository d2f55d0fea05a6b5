"""Unusable rows, as every real export holds a few. They are extra rows: what is true stays untouched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dagster_project.simulate.export.lines import csv_line, json_line
from dagster_project.simulate.frames import Ints, stream
from dagster_project.simulate.options import Options
from dagster_project.simulate.records.ids import PREFIXES, record_ids
from dagster_project.simulate.records.tables import Column, Table, record

Columns = Mapping[str, Column]

_FIRST_NUMBER = 10**12
_PART_NUMBERS = 10**7
SURPLUS = "a field too many"  # CSV only
CUT = "a line cut off"  # JSON lines only
# What is broken in which object, in turn: a column with its unusable value ('' empties it), or the whole line.
DEFECTS: dict[str, tuple[tuple[str, str] | str, ...]] = {
    "salesforce/Opportunity": (("Amount", "tbd"), ("CloseDate", "31/31/2025"), SURPLUS, ("Id", ""), CUT),
    "salesforce/OpportunityFieldHistory": (("OpportunityId", ""), ("CreatedDate", "2025-02-30T08:00:00.000Z")),
    "salesforce/Lead": (("ConvertedDate", "31/31/2025"), ("Id", ""), SURPLUS, ("IsConverted", "perhaps"), CUT),
    "salesforce/Contact": (("CreatedDate", "yesterday"),),
    "salesforce/Task": (("Id", ""), ("CallDurationInSeconds", "2 min"), SURPLUS, CUT),
    "salesforce/Event": (("StartDateTime", "25:61"), SURPLUS, ("DurationInMinutes", "half an hour")),
    "salesforce/CampaignMember": (("CampaignId", ""), ("FirstRespondedDate", "soon"), CUT),
    "hubspot/deal": (("property_amount", "tbd"), ("property_closedate", "31/31/2025"), SURPLUS, ("deal_id", ""), CUT),
    "hubspot/contact": (("property_createdate", "yesterday"), ("id", ""), SURPLUS, CUT),
    "hubspot/engagement_call": (("property_hs_call_duration", "2 min"), SURPLUS, CUT),
    "marketo/lead": (("created_at", "yesterday"), ("id", ""), SURPLUS, CUT),
    "marketo/activity_open_email": (("activity_date", "soon"), SURPLUS, ("id", ""), CUT),
    "generic/opportunities": (("amount", "tbd"), ("close_date", "31/31/2025"), SURPLUS, ("opportunity_id", ""), CUT),
    "generic/leads": (("created_at", "yesterday"), ("lead_id", ""), SURPLUS, CUT),
    "generic/activities": (("duration_seconds", "2 min"), ("occurred_at", "25:61"), SURPLUS, CUT),
}


@dataclass(frozen=True)
class Unusable:
    """One unusable line for an extract's file; one that is cut off has no line end and must be the file's last."""

    extract: int
    line: bytes
    is_cut: bool


def unusable(
    options: Options, table: Table, part: int, suffix: str, delivered: tuple[Ints, Ints], columns: Sequence[Columns]
) -> list[Unusable]:
    """Copies of delivered rows under ids of their own, each with one defect; none in Parquet, whose columns are typed.

    As many as the asked share of the object's records, one at least where the share isn't 0; by extract. `columns` are
    those of each extract's file.
    """
    impossible = CUT if suffix.startswith("csv") else SURPLUS
    defects = [defect for defect in DEFECTS.get(table.path, ()) if defect != impossible]
    extract, row = delivered
    if not options.dirt or not defects or not len(row) or suffix == "parquet":
        return []
    rng = stream(options.seed, f"dirt {table.path} {part}")
    count = max(1, round(options.dirt * len(np.unique(table.key))))
    chosen = np.sort(rng.integers(0, len(row), count))
    ids = _ids(table, _FIRST_NUMBER + part * _PART_NUMBERS + np.arange(count))
    found = []
    for number, place in enumerate(chosen.tolist()):
        own = columns[int(extract[place])]
        values = {name: column.take(row[place : place + 1]).as_strings()[0].as_py() for name, column in own.items()}
        line = _line({**values, next(iter(values)): ids[number]}, defects[number % len(defects)], suffix)
        found.append(Unusable(int(extract[place]), line, is_cut=not line.endswith(b"\n")))
    return found


def _ids(table: Table, numbers: Ints) -> list[str]:
    """Ids for the first column that no record has."""
    if table.name in PREFIXES:
        return record(record_ids(table.name, numbers)).as_strings().to_pylist()
    return [str(number) for number in numbers.tolist()]


def _line(values: dict[str, str], defect: tuple[str, str] | str, suffix: str) -> bytes:
    """A row with its defect as a file of that suffix holds it; without a line end if it is cut off."""
    if isinstance(defect, tuple):
        column, value = defect
        values = values | {column: value}
    if suffix.startswith("csv"):
        return csv_line([*values.values(), *(["surplus"] if defect == SURPLUS else [])]).encode()
    line = json_line(values)
    return (line[: len(line) // 2] if defect == CUT else line).encode()
