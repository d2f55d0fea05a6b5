"""What loading tools call the folders and columns of a source that the API calls otherwise."""

from __future__ import annotations

import re

from dagster_project.lib.contracts import SourceObject

_PLURAL = ("deal", "contact", "company", "owner", "engagement")
_DEAL_PROPERTIES = {
    "deal_pipeline_id": "property_pipeline",
    "deal_pipeline_stage_id": "property_dealstage",
    "owner_id": "property_hubspot_owner_id",
}


def folder_name(target: SourceObject, layout: str) -> str:
    """What a tool calls the object's folder."""
    is_plural = target.name in _PLURAL and target.source == "hubspot" and layout in ("airbyte", "stitch", "dlt")
    if is_plural:
        return target.name[:-1] + "ies" if target.name.endswith("y") else target.name + "s"
    if target.source == "marketo" and layout in ("airbyte", "stitch"):
        name = re.sub("^activity_", "activities_", target.name)
        return f"{name}s" if name in ("lead", "program", "campaign") else name
    if target.source != "salesforce" or layout in ("api", "airbyte"):
        return target.name
    if layout == "stitch":
        return target.name.lower()
    return "sf_user" if (layout, target.name) == ("dlt", "User") else snake(target.name)


def property_name(target: SourceObject, name: str) -> str | None:
    """The bare name of a HubSpot property."""
    if target.source != "hubspot":
        return None
    wanted = _DEAL_PROPERTIES.get(name, name) if target.name == "deal" else name
    return wanted.removeprefix("property_") if wanted.startswith("property_") else None


def plain_id(target: SourceObject, name: str) -> str:
    return (
        "id"
        if target.source == "hubspot" and (target.name, name) in (("deal", "deal_id"), ("owner", "owner_id"))
        else name
    )


def airbyte_name(target: SourceObject, name: str) -> str:
    if target.source == "hubspot":
        return "archived" if is_flag(name) else plain_id(target, name)
    if target.source == "marketo" and not name.startswith("_"):
        is_activity = target.name.startswith("activity_")
        return "marketoGUID" if is_activity and name == "id" else re.sub("_([a-z])", lambda m: m.group(1).upper(), name)
    return name


def is_flag(name: str) -> bool:
    return flat(name) in ("isdeleted", "fivetrandeleted")


def flat(name: str) -> str:
    return name.lower().replace("_", "")


def snake(name: str, custom: str = "_") -> str:
    head, mark, tail = name.partition("__")
    snake = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", head).lower()
    return f"{snake}{custom if mark else ''}{tail.lower()}"
