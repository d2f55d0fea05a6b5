"""Deals as HubSpot's connector lands them: the record, its history, pipelines, merges, associations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dagster_project.simulate.frames import NULL, Frame, Ints, Texts, as_of, concat, full, take
from dagster_project.simulate.records.generic_changes import changed_values
from dagster_project.simulate.records.hubspot_duplicates import DEAL_COLUMNS, duplicate_versions, merged_deals
from dagster_project.simulate.records.hubspot_ids import PORTAL, deal_ids, hubspot_ids, named_users, synced, user_ids
from dagster_project.simulate.records.hubspot_links import links
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column, Table, cents, flag, instant, label, number, text
from dagster_project.simulate.timeline import DAY, HOUR
from dagster_project.simulate.vocabulary import (
    CAMPAIGN_TYPES,
    CURRENCIES,
    EXPANSION,
    LOSS_REASONS,
    NEXT_STEPS,
    SOURCES,
    STAGES,
    WON,
)
from dagster_project.simulate.world.build import World

PIPELINE = "default"
STAGE_IDS = (*(f"99812045{number + 1}" for number in range(WON)), "closedwon", "closedlost")
_FORECASTS = {
    "Omitted": "OMIT",
    "Pipeline": "PIPELINE",
    "Best Case": "BEST_CASE",
    "Commit": "COMMIT",
    "Closed": "CLOSED",
}
# Original traffic source by campaign type of the hand-raise; whoever raised no hand came from outside the web.
_TRAFFIC = {
    "Webinar": "OTHER_CAMPAIGNS",
    "Paid Search": "PAID_SEARCH",
    "Content": "ORGANIC_SEARCH",
    "Email": "EMAIL_MARKETING",
    "Website": "DIRECT_TRAFFIC",
    "Free Trial": "DIRECT_TRAFFIC",
    "Partner": "REFERRALS",
}
_DEAL_TO_COMPANY, _DEAL_TO_CONTACT = 5, 3
_MERGED = "hs_merged_object_ids"
_BY_USER = "CRM_UI"
# Properties whose history is kept, and what HubSpot names as the source of a value.
_SOURCES = {
    **dict.fromkeys(
        (
            "pipeline", "dealstage", "amount", "deal_currency_code", "closedate", "hubspot_owner_id",
            "dealtype", "closed_lost_reason", "hs_next_step", "deal_source", "campaign",
        ),
        _BY_USER,
    ),
    "hs_deal_stage_probability": "CALCULATED",
    "hs_manual_forecast_category": "CALCULATED",
    _MERGED: "MERGE_OBJECTS",
}  # fmt: skip


def deal_tables(world: World, ids: Ids, crm: Mapping[str, Table]) -> list[Table]:
    """Deals with what hangs on them; pipelines and stages in the first block."""
    merged = merged_deals(world)
    rows = _versions(world, crm["Opportunity"], merged)
    properties = _properties(world, ids, crm["Opportunity"].columns["Name"], rows)
    tables = [
        _deals(world, rows, properties),
        _merged(world, merged),
        _companies(world, ids, rows),
        _contacts(world, ids, crm["OpportunityContactRole"]),
    ]
    if world.options.field_history:
        tables.append(_history(world, ids, rows, properties))
    return tables + (_pipelines(world) if world.is_first else [])


def _versions(world: World, opportunities: Table, merged: Frame) -> Frame:
    """Versions of all deals, by deal and instant: the CRM's, those at a merge, and those of the duplicates.

    `deal` is the number, `origin` the row of the world's deals, `merged_deal` the duplicate that was merged into it,
    `row` the CRM's version that it is told from.
    """
    count = len(world.deals["created"])
    duplicate = count + np.arange(len(merged["deal"]))
    position = np.arange(len(opportunities.key))
    rows = {name: opportunities.columns[name].values for name in DEAL_COLUMNS}
    rows |= {"deal": opportunities.key, "at": opportunities.modified, "row": position}
    found = as_of(opportunities.key, opportunities.modified, position, merged["deal"], merged["merged_at"])
    changed = opportunities.modified[found] != merged["merged_at"]
    gained = take(rows, found[changed]) | {"at": merged["merged_at"][changed]}
    rows = concat([rows, gained, duplicate_versions(opportunities, merged, duplicate)])
    rows = take(rows, np.lexsort((rows["at"], rows["deal"])))
    origin = np.concatenate([np.arange(count), merged["deal"]])[rows["deal"]]
    own, since = full(count + len(duplicate)), full(count + len(duplicate), 2**40)
    own[merged["deal"]], since[merged["deal"]] = duplicate, merged["merged_at"]
    merged_deal = np.where(rows["at"] >= since[rows["deal"]], own[rows["deal"]], NULL)
    return rows | {"origin": origin, "merged_deal": merged_deal}


def _properties(world: World, ids: Ids, name: Column, rows: Frame) -> dict[str, Column]:
    """Properties by HubSpot's name for them; the last two are the company's own."""
    stage, origin = rows["StageName"], rows["origin"]
    owner, creator = hubspot_ids(world, ids, rows["OwnerId"]), hubspot_ids(world, ids, rows["CreatedById"])
    currency, created = world.deals["currency"][origin], world.deals["created"][origin]
    probability = np.array([item.probability for item in STAGES]) * 10_000
    traffic = [*(_TRAFFIC.get(item.name, "OFFLINE") for item in CAMPAIGN_TYPES), "OFFLINE"]
    raised = world.deals["raised_by"][origin]
    merged = deal_ids(world, rows["merged_deal"])
    return {
        "dealname": name.take(rows["row"]),
        "pipeline": label((PIPELINE,), full(len(stage), 0)),
        "dealstage": label(STAGE_IDS, stage),
        "amount": cents(rows["Amount"]),
        "deal_currency_code": label(CURRENCIES, currency),
        "hs_exchange_rate": text(_exchange_rates(world, currency, created)),
        "amount_in_home_currency": cents(world.company.to_usd(rows["Amount"], currency, created)),
        "closedate": instant(np.where(rows["CloseDate"] == NULL, NULL, rows["CloseDate"] * DAY)),
        "hubspot_owner_id": number(owner),
        "createdate": instant(rows["CreatedDate"]),
        "hs_created_by_user_id": number(user_ids(creator)),
        "dealtype": label(
            ("newbusiness", "existingbusiness"), (world.deals["function"][origin] == EXPANSION).astype(np.int64)
        ),
        "closed_lost_reason": label(LOSS_REASONS, rows["Loss_Reason__c"]),
        "hs_next_step": label(NEXT_STEPS, rows["NextStep"]),
        "hs_is_closed": flag(stage >= WON),
        "hs_is_closed_won": flag(stage == WON),
        "hs_deal_stage_probability": Column("millionths", probability[stage]),
        "hs_manual_forecast_category": label([_FORECASTS[item.forecast] for item in STAGES], stage),
        "hs_analytics_source": label(traffic, np.where(raised == NULL, len(CAMPAIGN_TYPES), raised)),
        _MERGED: number(merged),
        "deal_source": label(SOURCES, rows["LeadSource"]),
        "campaign": number(hubspot_ids(world, ids, rows["CampaignId"])),
    }


def _exchange_rates(world: World, currency: Ints, at: Ints) -> Texts:
    """Reporting currency per unit at each instant, to eight decimals."""
    rate, place = np.unique(world.company.rate(currency, at), return_inverse=True)
    return np.array([f"{1_000_000 / value:.8f}" for value in rate.tolist()])[place]


def _deals(world: World, rows: Frame, properties: Mapping[str, Column]) -> Table:
    renamed = ("pipeline", "dealstage", "hubspot_owner_id")
    columns = {
        "deal_id": number(deal_ids(world, rows["deal"])),
        "is_deleted": flag(rows["IsDeleted"]),
        "deal_pipeline_id": properties["pipeline"],
        "deal_pipeline_stage_id": properties["dealstage"],
        "owner_id": properties["hubspot_owner_id"],
        "portal_id": number(full(len(rows["at"]), PORTAL)),
        **{f"property_{name}": column for name, column in properties.items() if name not in renamed},
        "property_hs_lastmodifieddate": instant(rows["at"]),
        **({} if world.options.field_history else _stage_dates(rows)),
        "_fivetran_synced": instant(synced(rows["at"])),
    }
    return Table("hubspot", "deal", rows["deal"], rows["at"], columns)


def _stage_dates(rows: Frame) -> dict[str, Column]:
    """When a deal last entered and last left each stage; nothing more is known without a history of properties."""
    deal, at, stage = rows["deal"], rows["at"], rows["StageName"]
    first = np.append(True, deal[1:] != deal[:-1])
    moved = first | np.append(True, stage[1:] != stage[:-1])
    columns: dict[str, Column] = {}
    for code, name in enumerate(STAGE_IDS):
        entered = np.flatnonzero(moved & (stage == code))
        left = np.flatnonzero(moved & ~first & np.append(False, stage[:-1] == code))
        for word, moments in (("entered", entered), ("exited", left)):
            found = as_of(deal[moments], at[moments], at[moments], deal, at)
            columns[f"property_hs_v2_date_{word}_{name}"] = instant(found)
    return columns


def _history(world: World, ids: Ids, rows: Frame, properties: Mapping[str, Column]) -> Table:
    """Every value that a property took, the first included; calculated ones and merges name nobody."""
    tracked = {name: column for name, column in properties.items() if name in _SOURCES}
    table = Table("hubspot", "deal", rows["deal"], rows["at"], tracked)
    found = changed_values(table, tracked, list(tracked))
    index = found.row
    sources = [_SOURCES[name] for name in tracked]
    by_user = np.array([source == _BY_USER for source in sources])[found.field]
    by = user_ids(hubspot_ids(world, ids, rows["LastModifiedById"][index]))
    columns = {
        "deal_id": number(deal_ids(world, rows["deal"][index])),
        "name": label(list(tracked), found.field),
        "value": text(found.new),
        "timestamp": instant(rows["at"][index]),
        "source": label(sources, found.field),
        "source_id": named_users(np.where(by_user, by, NULL)),
        "_fivetran_synced": instant(synced(rows["at"][index])),
    }
    return Table("hubspot", "deal_property_history", np.arange(len(index)), rows["at"][index], columns)


def _merged(world: World, merged: Frame) -> Table:
    count = len(world.deals["created"])
    key = np.arange(len(merged["deal"]))
    columns = {
        "deal_id": number(deal_ids(world, merged["deal"])),
        "merged_deal_id": number(deal_ids(world, count + key)),
        "_fivetran_synced": instant(synced(merged["merged_at"])),
    }
    return Table("hubspot", "merged_deal", key, merged["merged_at"], columns)


def _companies(world: World, ids: Ids, rows: Frame) -> Table:
    found = links(deal_ids(world, rows["deal"]), hubspot_ids(world, ids, rows["AccountId"]), rows["at"])
    columns = {
        "company_id": number(found.right),
        "deal_id": number(found.left),
        **found.columns(full(len(found.pair), _DEAL_TO_COMPANY)),
    }
    return Table("hubspot", "deal_company", found.pair, found.at, columns)


def _contacts(world: World, ids: Ids, roles: Table) -> Table:
    """The buying group, from the contact roles that the deal has as an opportunity; HubSpot keeps no role."""
    columns = {
        "contact_id": number(hubspot_ids(world, ids, roles.columns["ContactId"].values)),
        "deal_id": number(hubspot_ids(world, ids, roles.columns["OpportunityId"].values)),
        "type_id": number(full(len(roles.key), _DEAL_TO_CONTACT)),
        "category": label(("HUBSPOT_DEFINED",), full(len(roles.key), 0)),
        "_fivetran_deleted": roles.columns["IsDeleted"],
        "_fivetran_synced": instant(synced(roles.modified)),
    }
    return Table("hubspot", "deal_contact", roles.key, roles.modified, columns)


def _pipelines(world: World) -> list[Table]:
    key = np.arange(len(STAGES))
    since = full(1, world.timeline.start - 700 * DAY + 9 * HOUR)
    shared = {
        "active": flag(np.ones(1, dtype=np.bool_)),
        "created_at": instant(since),
        "updated_at": instant(since),
        "_fivetran_deleted": flag(np.zeros(1, dtype=np.bool_)),
        "_fivetran_synced": instant(synced(since)),
    }
    pipeline = {
        "pipeline_id": text(np.array([PIPELINE])),
        "label": text(np.array(["Sales Pipeline"])),
        "display_order": number(full(1, 0)),
        **shared,
    }
    stages = {
        "stage_id": label(STAGE_IDS, key),
        "pipeline_id": text(np.full(len(key), PIPELINE)),
        "label": label([stage.name for stage in STAGES], key),
        "display_order": number(key),
        "probability": Column("millionths", np.array([stage.probability for stage in STAGES]) * 10_000),
        "is_closed": flag(key >= WON),
        "closed_won": flag(key == WON),
        **{name: column.take(np.zeros(len(key), dtype=np.int64)) for name, column in shared.items()},
    }
    return [
        Table("hubspot", "deal_pipeline", key[:1], since, pipeline),
        Table("hubspot", "deal_pipeline_stage", key, np.repeat(since, len(key)), stages),
    ]
