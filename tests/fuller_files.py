"""The sample's files with more of the optional columns of their contracts: what its systems leave out, told as theirs would."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from dagster_project.lib.contracts.model import normalize_name
from tests.required_columns import contract_objects, object_of

Row = Mapping[str, str]
Tell = Callable[[Row, str], str]
"""The value of a column from the row that lacks it and the instant of its extract, as the path tells it."""
NEVER = ("is_deleted", "is_archived")


def fuller(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """CSV files (path under the landing folder -> content) with the columns that they lack and something can be told of."""
    objects = contract_objects()
    tables = {path: _read(content) for path, content in files.items()}
    tellers = _tellers(tables)
    found = {}
    for path, (header, rows) in tables.items():
        known = {normalize_name(name) for name in header}
        wanted = {
            **{column.name: _never for column in objects[object_of(path)].columns if column.name in NEVER},
            **({"extracted_at": _extracted} if path.startswith("generic/") else {}),
            **tellers.get(object_of(path), {}),
        }
        added = {name: tell for name, tell in wanted.items() if normalize_name(name) not in known}
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*header, *added])
        taken_at = _taken_at(path)
        for row in rows:
            told = dict(zip(header, row, strict=True))
            writer.writerow([*row, *(tell(told, taken_at) for tell in added.values())])
        found[path] = text.getvalue().encode()
    return found


def _tellers(tables: Mapping[str, tuple[list[str], list[list[str]]]]) -> dict[tuple[str, str], dict[str, Tell]]:
    """What can be told of which columns: source and object -> column -> how."""
    stages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    leads: dict[str, str] = {}
    for path, (header, rows) in tables.items():
        for row in (dict(zip(header, values, strict=True)) for values in rows):
            if object_of(path) == ("generic", "opportunitychanges") and row["field"] == "stage":
                stages[row["opportunity_id"]].append((row["changed_at"], row["new_value"]))
            if object_of(path) == ("salesforce", "opportunityhistory"):
                stages[row["OpportunityId"]].append((row["CreatedDate"], row["StageName"]))
            if object_of(path) == ("generic", "leads") and row["converted_opportunity_id"]:
                leads[row["converted_opportunity_id"]] = row["lead_id"]

    def entered(name: str, taken_at: str) -> str:
        """When the stage was entered that holds at an extract; empty where that isn't told."""
        last = ("", "")
        for at, stage in sorted(stages[name]):
            if at <= taken_at and stage != last[1]:
                last = (at, stage)
        return last[0]

    return {
        ("generic", "opportunities"): {
            "is_closed": lambda row, at: str(row["stage"].startswith("Closed")).lower(),
            "is_won": lambda row, at: str(row["stage"] == "Closed Won").lower(),
            "closed_at": lambda row, at: (
                entered(row["opportunity_id"], at) if row["stage"].startswith("Closed") else ""
            ),
            "lead_id": lambda row, at: leads.get(row["opportunity_id"], ""),
        },
        ("generic", "users"): {
            "segment": lambda row, at: "Enterprise" if "Enterprise" in row["team"] else "",
            "territory": lambda row, at: row["team"].rpartition(" ")[2],
        },
        ("salesforce", "opportunity"): {"LastStageChangeDate": lambda row, at: entered(row["Id"], at)},
        ("salesforce", "user"): {"Division": lambda row, at: row["Department"]},
    }


def _never(row: Row, taken_at: str) -> str:
    return "false"


def _extracted(row: Row, taken_at: str) -> str:
    return taken_at


def _taken_at(path: str) -> str:
    """`2026-03-31T235959Z` in a path as an instant."""
    stem = Path(path).stem
    return f"{stem[:13]}:{stem[13:15]}:{stem[15:]}"


def _read(content: bytes) -> tuple[list[str], list[list[str]]]:
    header, *rows = csv.reader(io.StringIO(content.decode()))
    return header, rows
