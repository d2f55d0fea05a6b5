"""The sample's files with more of the optional columns of their contracts: what its systems leave out, told as theirs would."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from dagster_project.lib.contracts.model import normalize_name
from tests.required_columns import contract_objects, object_of

Row = Mapping[str, str]
Table = tuple[list[str], list[list[str]]]
"""Header and rows."""
Tell = Callable[[Row, str], str]
"""The value of a column from the row that lacks it and the instant of its extract, as the path tells it."""
TEAM = "700"
NEVER = ("is_deleted", "is_archived")


def fuller(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """CSV files (path under the landing folder -> content) with the columns that they lack and something can be told of, and
    files of the objects that HubSpot's connectors also write."""
    objects = contract_objects()
    tables = {path: _read(content) for path, content in files.items()}
    tables |= _more_of_hubspot(tables)
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
        for told in _rows((header, rows)):
            writer.writerow([*told.values(), *(tell(told, taken_at) for tell in added.values())])
        found[path] = text.getvalue().encode()
    return found


def _more_of_hubspot(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Teams, stages apart from the other properties, a message, and a merger, in the extracts that have owners, deals and contacts."""
    found: dict[str, Table] = {}
    for path, table in tables.items():
        source, name = object_of(path)
        rows, stamp = list(_rows(table)), Path(path).name
        if source != "hubspot" or not rows:
            continue
        if name == "owner":
            header = ["owner_id", "owner_row_id", "team_id", "is_team_primary", "membership"]
            found[f"hubspot/owner_team/{stamp}"] = (
                header,
                [[row["owner_id"], f"r{row['owner_id']}", TEAM, "true", "PRIMARY"] for row in rows],
            )
            found[f"hubspot/team/{stamp}"] = (["id", "name"], [[TEAM, "Everybody"]])
            sent = _taken_at(path)
            found[f"hubspot/engagement_communication/{stamp}"] = (
                [
                    "engagement_id", "property_hs_timestamp", "property_hs_createdate", "property_hs_lastmodifieddate",
                    "property_hubspot_owner_id", "property_hs_created_by_user_id", "property_hs_communication_channel_type",
                ],
                [["90000000001", sent, sent, sent, rows[0]["owner_id"], rows[0]["active_user_id"], "SMS"]],
            )  # fmt: skip
        if name == "dealpropertyhistory":
            found[f"hubspot/deal_stage/{stamp}"] = (
                ["deal_id", "date_entered", "value", "source", "source_id"],
                [
                    [row["deal_id"], row["timestamp"], row["value"], row["source"], row["source_id"]]
                    for row in rows
                    if row["name"] == "dealstage"
                ],
            )
        if name == "contact":
            found[f"hubspot/contact_merge_audit/{stamp}"] = (
                ["canonical_vid", "vid_to_merge", "timestamp"],
                [[rows[0]["id"], "29999999999", rows[0]["property_createdate"]]],
            )
    return found


def _tellers(tables: Mapping[str, Table]) -> dict[tuple[str, str], dict[str, Tell]]:
    """What can be told of which columns: source and object -> column -> how."""
    stages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    leads: dict[str, str] = {}
    for path, (header, rows) in tables.items():
        for row in _rows((header, rows)):
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

    engagements = {
        row["engagement_id"]: row
        for path, table in tables.items()
        if path.startswith("hubspot/engagement_")
        for row in _rows(table)
        if "property_hs_createdate" in row
    }

    def property_of(name: str) -> Tell:
        return lambda row, at: engagements.get(row["id"], {}).get(f"property_{name}", "")

    return {
        **{
            ("hubspot", name): {"updated_by_user_id": _who}
            for name in ("dealpropertyhistory", "contactpropertyhistory")
        },
        ("hubspot", "deal"): {"archived_at": _empty},
        ("hubspot", "dealpipeline"): {"row_id": lambda row, at: f"r{row['pipeline_id']}"},
        ("hubspot", "dealpipelinestage"): {"pipeline_row_id": lambda row, at: f"r{row['pipeline_id']}"},
        ("hubspot", "owner"): {
            "user_id_including_inactive": lambda row, at: row["active_user_id"],
            "row_id": lambda row, at: f"r{row['owner_id']}",
        },
        ("hubspot", "users"): {"primary_team_id": lambda row, at: TEAM},
        ("hubspot", "engagement"): {
            "timestamp": property_of("hs_timestamp"),
            "owner_id": property_of("hubspot_owner_id"),
            "created_at": property_of("hs_createdate"),
            "created_by": property_of("hs_created_by_user_id"),
            "last_updated": property_of("hs_lastmodifieddate"),
            "call_disposition": property_of("hs_call_disposition"),
            "call_duration": property_of("hs_call_duration"),
            "status": lambda row, at: property_of("hs_call_status")(row, at) or property_of("hs_task_status")(row, at),
            "starts_at": property_of("hs_meeting_start_time"),
            "ends_at": property_of("hs_meeting_end_time"),
            "task_type": property_of("hs_task_type"),
            "completed_at": property_of("hs_task_completion_date"),
        },
        ("generic", "campaigns"): {"channel": _empty},
        ("generic", "touches"): {"account_id": _empty, "opportunity_id": _empty, "channel": _empty},
        ("salesforce", "forecastingquota"): {
            "IsAmount": lambda row, at: "true",
            "IsQuantity": _never,
            "ForecastingTypeId": lambda row, at: "0Db5f0000000001AAA",
            **dict.fromkeys(("ProductFamily", "Territory2Id", "ForecastingGroupItemId"), _empty),
        },
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
            "ended_on": _empty,
        },
        ("salesforce", "opportunity"): {
            "LastStageChangeDate": lambda row, at: entered(row["Id"], at),
            "RecordTypeId": lambda row, at: "0125f0000000001AAA",
        },
        ("salesforce", "user"): {"Division": lambda row, at: row["Department"]},
    }


def _never(row: Row, taken_at: str) -> str:
    return "false"


def _empty(row: Row, taken_at: str) -> str:
    return ""


def _who(row: Row, taken_at: str) -> str:
    """The user of `userId:5000022`."""
    return row["source_id"].removeprefix("userId:") if row["source_id"].startswith("userId:") else ""


def _extracted(row: Row, taken_at: str) -> str:
    return taken_at


def _taken_at(path: str) -> str:
    """`2026-03-31T235959Z` in a path as an instant."""
    stem = Path(path).stem
    return f"{stem[:13]}:{stem[13:15]}:{stem[15:]}"


def _rows(table: Table) -> Iterator[dict[str, str]]:
    header, rows = table
    for row in rows:
        yield dict(zip(header, row, strict=True))


def _read(content: bytes) -> Table:
    header, *rows = csv.reader(io.StringIO(content.decode()))
    return header, rows
