"""A small company as each loading tool writes HubSpot: streams, names and nesting as the tools' public schemas have them.

Nothing here is renamed from Plumbline's own columns: `test_layouts` does that, and can't see what a tool really writes.
Deal 301 goes through three stages and is won, for account 801 and contact 701; deal 302, of an owner who left, stays in its first.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Files = dict[str, str]
TAKEN = "2026-03-31T02:00:00.000Z"
JANUARY, FEBRUARY, MARCH = "2026-01-10T09:00:00.000Z", "2026-02-10T09:00:00.000Z", "2026-03-10T10:00:00.000Z"
OLD, ARCHIVED = "2024-01-01T00:00:00.000Z", "2026-02-20T12:00:00.000Z"
STAGES = (
    ("appointmentscheduled", "Intro call", False, 0.2),
    ("98765", "Paperwork", False, 0.9),
    ("closedwon", "Signed", True, 1.0),
    ("closedlost", "Dropped", True, 0.0),
)
STEPS = (("appointmentscheduled", JANUARY), ("98765", FEBRUARY), ("closedwon", MARCH))
DEALS: dict[str, dict[str, str]] = {
    "301": {
        "dealname": "One", "dealstage": "closedwon", "pipeline": "default", "amount": "9000", "createdate": JANUARY,
        "closedate": MARCH, "hs_lastmodifieddate": MARCH, "hubspot_owner_id": "501", "deal_currency_code": "USD",
    },
    "302": {
        "dealname": "Two", "dealstage": "appointmentscheduled", "pipeline": "default", "amount": "4000",
        "createdate": JANUARY, "closedate": "2026-06-30T12:00:00.000Z", "hs_lastmodifieddate": JANUARY,
        "hubspot_owner_id": "502", "deal_currency_code": "USD",
    },
}  # fmt: skip
CONTACT = {
    "email": "pat@cust.example", "firstname": "Pat", "lastname": "Doe", "lifecyclestage": "lead", "createdate": JANUARY,
    "lastmodifieddate": JANUARY, "associatedcompanyid": "801",
}  # fmt: skip
COMPANY = {"name": "Cust", "domain": "cust.example", "createdate": JANUARY, "hs_lastmodifieddate": JANUARY}
CALL = {
    "hs_timestamp": "2026-01-11T15:00:00.000Z", "hs_call_duration": "120000", "hs_call_direction": "OUTBOUND",
    "hs_call_status": "COMPLETED", "hubspot_owner_id": "501", "hs_lastmodifieddate": "2026-01-11T15:05:00.000Z",
    "hs_createdate": "2026-01-11T15:00:00.000Z",
}  # fmt: skip


def millis(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp() * 1000)


def seconds(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(UTC).timestamp():.6f}"


def lines(records: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def table(records: Iterable[Mapping[str, Any]]) -> str:
    rows = list(records)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def airbyte(taken: str = TAKEN) -> Files:
    """Destinations that keep JSON: nested lists, `properties` beside `properties_*`, histories and pipelines by API version."""

    def record(**fields: Any) -> dict[str, Any]:
        added = {
            "_airbyte_raw_id": "r",
            "_airbyte_extracted_at": taken,
            "_airbyte_meta": {},
            "_airbyte_generation_id": 0,
        }
        return added | fields

    def thing(identity: str, properties: Mapping[str, str], **fields: Any) -> dict[str, Any]:
        flat = {f"properties_{name}": value for name, value in properties.items()}
        base = {"id": identity, "createdAt": JANUARY, "updatedAt": JANUARY, "archived": False, "properties": properties}
        return record(**(base | flat | fields))

    def staff(identity: str, name: str, *, archived: bool) -> dict[str, Any]:
        user = None if archived else 7000 + int(identity)
        return record(
            id=identity, email=f"{name.lower()}@example.com", firstName=name, lastName="Example", userId=user,
            userIdIncludingInactive=7000 + int(identity), createdAt=OLD, updatedAt=OLD, archived=archived,
            teams=[{"id": "31", "name": "East", "membership": "PRIMARY"}],
        )  # fmt: skip

    stages = [
        {
            "stageId": stage, "label": label, "displayOrder": order, "active": True, "createdAt": millis(OLD),
            "updatedAt": millis(OLD), "metadata": {"isClosed": str(closed).lower(), "probability": str(probability)},
        }
        for order, (stage, label, closed, probability) in enumerate(STAGES)
    ]  # fmt: skip
    deals = {
        "301": {"contacts": ["701"], "companies": ["801"]},
        "302": {"contacts": [], "companies": []},
    }
    return {
        "hubspot/deals/2026-03-31.jsonl": lines(thing(key, DEALS[key], **deals[key]) for key in DEALS),
        "hubspot/deals_property_history/2026-03-31.jsonl": lines(
            record(
                dealId=deal, property="dealstage", value=value, timestamp=at, sourceType="CRM_UI",
                sourceId="userId:7501", updatedByUserId=7501, archived=False,
            )
            for deal, steps in (("301", STEPS), ("302", STEPS[:1]))
            for value, at in steps
        ),
        "hubspot/deal_pipelines/2026-03-31.jsonl": lines(
            [record(
                pipelineId="default", label="Sales Pipeline", displayOrder=0, active=True, objectType="DEAL",
                createdAt=millis(OLD), updatedAt=millis(OLD), stages=stages,
            )]
        ),
        "hubspot/contacts/2026-03-31.jsonl": lines([thing("701", CONTACT, companies=["801"])]),
        "hubspot/contacts_property_history/2026-03-31.jsonl": lines(
            [record(**{
                "vid": 701, "property": "lifecyclestage", "value": "lead", "timestamp": millis(JANUARY),
                "source-type": "CRM_UI", "source-id": None, "updated-by-user-id": 7501,
            })]
        ),
        "hubspot/companies/2026-03-31.jsonl": lines([thing("801", COMPANY, contacts=["701"])]),
        "hubspot/companies_property_history/2026-03-31.jsonl": lines(
            [record(companyId="801", property="name", value="Cust", timestamp=JANUARY, sourceType="CRM_UI")]
        ),
        "hubspot/owners/2026-03-31.jsonl": lines([staff("501", "Ada", archived=False)]),
        "hubspot/owners_archived/2026-03-31.jsonl": lines([staff("502", "Bob", archived=True)]),
        "hubspot/engagements_calls/2026-03-31.jsonl": lines(
            [thing("601", CALL, contacts=["701"], companies=["801"], deals=["301"])]
        ),
    }  # fmt: skip


def archived_deals() -> Files:
    """Airbyte's stream of archived deals: 302, told an hour after the others. Its associations are those of the API."""
    record = json.loads(airbyte()["hubspot/deals/2026-03-31.jsonl"].splitlines()[1])
    record |= {"_airbyte_extracted_at": "2026-03-31T03:00:00.000Z", "archived": True, "archivedAt": ARCHIVED}
    del record["contacts"], record["companies"]
    record["associations"] = {"contacts": {"results": [{"id": "702", "type": "deal_to_contact"}]}}
    return {"hubspot/deals_archived/2026-03-31.jsonl": lines([record])}


def airbyte_raw(taken: str = TAKEN) -> Files:
    """Raw tables: the whole record in one JSON column, its time in milliseconds."""
    return {
        name: lines(
            {
                "_airbyte_raw_id": "r",
                "_airbyte_extracted_at": millis(taken),
                "_airbyte_data": {key: value for key, value in json.loads(line).items() if not key.startswith("_")},
            }
            for line in text.splitlines()
        )
        for name, text in airbyte(taken).items()
    }


def dlt() -> Files:
    """Properties at the top, lists as tables that name their parent's row; there are no engagements."""
    load = {"_dlt_load_id": seconds(TAKEN)}

    def row(key: str, **fields: Any) -> dict[str, Any]:
        return fields | load | {"_dlt_id": f"row{key}"}

    def child(parent: str, place: int, **fields: Any) -> dict[str, Any]:
        own = {"_dlt_parent_id": f"row{parent}", "_dlt_list_idx": place, "_dlt_id": f"row{parent}{place}"}
        return fields | own

    def history(identity: str, name: str, value: str, at: str) -> dict[str, Any]:
        return row(
            f"{identity}{at}", object_id=identity, property_name=name, value=value, timestamp=at, source_type="CRM_UI",
            source_id="userId:7501", updated_by_user_id=7501,
        )  # fmt: skip

    deals = [row(key, **DEALS[key], id=key, hs_object_id=key, is_deleted=False) for key in DEALS]
    return {
        "hubspot/deals/2026-03-31.jsonl": lines(deals),
        "hubspot/deals_property_history/2026-03-31.jsonl": lines(
            history(deal, "dealstage", value, at)
            for deal, steps in (("301", STEPS), ("302", STEPS[:1]))
            for value, at in steps
        ),
        "hubspot/stages_timing_deals/2026-03-31.jsonl": lines(
            row(value, id="301", hs_v2_date_entered_x=at, stage=value) for value, at in STEPS
        ),
        "hubspot/pipelines_deals/2026-03-31.jsonl": lines(
            [row("default", id="default", label="Sales Pipeline", display_order=0, archived=False)]
        ),
        "hubspot/pipelines_deals__stages/2026-03-31.jsonl": lines(
            child(
                "default", order, id=stage, label=label, display_order=order, metadata__is_closed=str(closed).lower(),
                metadata__probability=str(probability), archived=False,
            )
            for order, (stage, label, closed, probability) in enumerate(STAGES)
        ),
        "hubspot/contacts/2026-03-31.jsonl": lines([row("701", **CONTACT, id="701", hs_object_id="701")]),
        "hubspot/contacts__deals/2026-03-31.jsonl": lines([child("701", 0, value="701", deals_id="301")]),
        "hubspot/contacts_property_history/2026-03-31.jsonl": lines(
            [history("701", "lifecyclestage", "lead", JANUARY)]
        ),
        "hubspot/companies/2026-03-31.jsonl": lines([row("801", **COMPANY, id="801", hs_object_id="801")]),
        "hubspot/companies__deals/2026-03-31.jsonl": lines([child("801", 0, value="801", deals_id="301")]),
        "hubspot/companies_property_history/2026-03-31.jsonl": lines([history("801", "name", "Cust", JANUARY)]),
        "hubspot/owners/2026-03-31.jsonl": lines(
            row(
                key, id=key, email=f"{name.lower()}@example.com", first_name=name, last_name="Example",
                user_id=7000 + int(key), user_id_including_inactive=7000 + int(key), created_at=OLD, updated_at=OLD,
                archived=archived,
            )
            for key, name, archived in (("501", "Ada", False), ("502", "Bob", True))
        ),
        "hubspot/owners__teams/2026-03-31.jsonl": lines([child("501", 0, id="31", name="East", primary=True)]),
    }  # fmt: skip


def _stitch_deal(key: str) -> dict[str, Any]:
    wrapped = {name: {"value": value, "timestamp": JANUARY, "source": "CRM_UI"} for name, value in DEALS[key].items()}
    steps = STEPS if key == "301" else STEPS[:1]
    versions = [
        {"name": "dealstage", "value": value, "timestamp": at, "source": "CRM_UI", "sourceId": "userId:7501"}
        for value, at in steps
    ]
    people = ([701], [801]) if key == "301" else ([], [])
    return {
        "dealId": int(key),
        "portalId": 1,
        "isDeleted": False,
        "associations": {"associatedVids": people[0], "associatedCompanyIds": people[1], "associatedDealIds": []},
        **{f"property_{name}": value for name, value in wrapped.items()},
        "properties_versions": versions,
    }


def _stitch_pipeline() -> dict[str, Any]:
    stages = [
        {
            "stageId": stage, "label": label, "displayOrder": order, "active": True, "probability": probability,
            "closedWon": stage == "closedwon",
        }
        for order, (stage, label, _, probability) in enumerate(STAGES)
    ]  # fmt: skip
    return {"pipelineId": "default", "label": "Sales Pipeline", "active": True, "displayOrder": 0, "stages": stages}


def _stitch_call() -> dict[str, Any]:
    at = "2026-01-11T15:00:00.000Z"
    return {
        "engagement_id": 601,
        "lastUpdated": "2026-01-11T15:05:00.000Z",
        "engagement": {
            "id": 601, "portalId": 1, "active": True, "createdAt": at, "lastUpdated": "2026-01-11T15:05:00.000Z",
            "ownerId": 501, "type": "CALL", "timestamp": at,
        },
        "associations": {"contactIds": [701], "companyIds": [801], "dealIds": [301]},
        "metadata": {"status": "COMPLETED", "durationMilliseconds": 120000, "toNumber": "1"},
    }  # fmt: skip


def _stitch_owner(key: str, name: str, *, archived: bool) -> dict[str, Any]:
    return {
        "id": key, "email": f"{name.lower()}@example.com", "firstName": name, "lastName": "Example",
        "userId": 7000 + int(key), "createdAt": OLD, "updatedAt": OLD, "archived": archived,
        "teams": [{"id": "31", "name": "East", "primary": True}],
    }  # fmt: skip


def _sdc(record: Mapping[str, Any]) -> dict[str, Any]:
    return {**record, "_sdc_batched_at": TAKEN, "_sdc_received_at": TAKEN, "_sdc_sequence": millis(TAKEN)}


def stitch() -> Files:
    """Warehouses with JSON types: lists and objects as they come."""
    owners = [_stitch_owner("501", "Ada", archived=False), _stitch_owner("502", "Bob", archived=True)]
    contact = {"id": "701", "createdAt": JANUARY, "updatedAt": JANUARY, "archived": False}
    contact |= {f"property_{name}": value for name, value in CONTACT.items()}
    company = {"companyId": 801, "portalId": 1}
    company |= {f"property_{name}": {"value": value} for name, value in COMPANY.items()}
    company |= {"properties_versions": [{"name": "name", "value": "Cust", "timestamp": JANUARY}]}
    return {
        "hubspot/deals/2026-03-31.jsonl": lines(_sdc(_stitch_deal(key)) for key in DEALS),
        "hubspot/deal_pipelines/2026-03-31.jsonl": lines([_sdc(_stitch_pipeline())]),
        "hubspot/contacts/2026-03-31.jsonl": lines([_sdc(contact)]),
        "hubspot/companies/2026-03-31.jsonl": lines([_sdc(company)]),
        "hubspot/owners/2026-03-31.jsonl": lines(_sdc(owner) for owner in owners),
        "hubspot/engagements/2026-03-31.jsonl": lines([_sdc(_stitch_call())]),
    }


def _flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name.lower()}__")
        elif not isinstance(value, list):
            found[f"{prefix}{name.lower()}"] = value
    return found


def _subtable(parent: Mapping[str, str | int], entries: Iterable[Any]) -> list[dict[str, Any]]:
    keys = {f"_sdc_source_key_{name}": value for name, value in parent.items()}
    return [
        _sdc(keys | {"_sdc_level_0_id": place} | (_flat(entry) if isinstance(entry, dict) else {"value": entry}))
        for place, entry in enumerate(entries)
    ]


def stitch_tables() -> Files:
    """Warehouses without JSON types: objects flattened, every list a table that names its parent's key."""
    deals = [_stitch_deal(key) for key in DEALS]
    pipeline, call = _stitch_pipeline(), _stitch_call()
    owners = [_stitch_owner("501", "Ada", archived=False), _stitch_owner("502", "Bob", archived=True)]
    others = stitch()
    contact, company = (json.loads(others[f"hubspot/{name}/2026-03-31.jsonl"]) for name in ("contacts", "companies"))
    tables: dict[str, list[dict[str, Any]]] = {
        "deals": [_sdc(_flat(deal)) for deal in deals],
        "deals__properties_versions": [
            row for deal in deals for row in _subtable({"dealid": deal["dealId"]}, deal["properties_versions"])
        ],
        "deals__associations__associatedvids": _subtable({"dealid": 301}, [701]),
        "deals__associations__associatedcompanyids": _subtable({"dealid": 301}, [801]),
        "deal_pipelines": [_sdc(_flat(pipeline))],
        "deal_pipelines__stages": _subtable({"pipelineid": "default"}, pipeline["stages"]),
        "contacts": [_flat(contact)],
        "companies": [_flat(company)],
        "companies__properties_versions": _subtable({"companyid": 801}, company["properties_versions"]),
        "owners": [_sdc(_flat(owner)) for owner in owners],
        "owners__teams": _subtable({"id": "501"}, owners[0]["teams"]),
        "engagements": [_sdc(_flat(call))],
        "engagements__associations__contactids": _subtable({"engagement_id": 601}, [701]),
        "engagements__associations__companyids": _subtable({"engagement_id": 601}, [801]),
        "engagements__associations__dealids": _subtable({"engagement_id": 601}, [301]),
    }
    return {f"hubspot/{name}/2026-03-31.csv": table(rows) for name, rows in tables.items()}


TOOLS: dict[str, Callable[[], Files]] = {
    "airbyte": airbyte,
    "airbyte_raw": airbyte_raw,
    "dlt": dlt,
    "stitch": stitch,
    "stitch_tables": stitch_tables,
}
