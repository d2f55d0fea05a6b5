"""The entity model's own flat files (`dagster_project/sources/generic.yml`): the CRM's records in the model's words.

Ids, words, instants and amounts are those of the Salesforce export, so that both give the same numbers. A contract's
optional columns that the CRM doesn't hold are left out. Exchange rates have no flat file; they are a seed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dagster_project.simulate.records.generic_activities import activities
from dagster_project.simulate.records.generic_changes import lead_changes, opportunity_changes
from dagster_project.simulate.records.generic_company import costs, user_history
from dagster_project.simulate.records.generic_touches import member_touches, only_of, with_marketing
from dagster_project.simulate.records.hubspot_ids import with_hubspot_ids
from dagster_project.simulate.records.names import company_domains
from dagster_project.simulate.records.salesforce_people import Ids
from dagster_project.simulate.records.tables import Column, Table, flag, instant, label, number, text
from dagster_project.simulate.timeline import DAY
from dagster_project.simulate.vocabulary import ACCEPTED, DISCOVERY, LOST, PARTNER_CAMPAIGN, STAGES, WON
from dagster_project.simulate.world.build import World

PIPELINE = "default"
_PHASES = ("awareness", "qualification", "qualification", *("conversion",) * 3, "post-sale", "post-sale")
# Columns of each object by the name that the CRM's record has for them; `modified_at` is the version's instant.
_RENAMED: dict[str, tuple[str, dict[str, str]]] = {
    "opportunities": (
        "Opportunity",
        {
            "opportunity_id": "Id",
            "opportunity_name": "Name",
            "stage": "StageName",
            "amount": "Amount",
            "currency": "CurrencyIsoCode",
            "close_date": "CloseDate",
            "owner_id": "OwnerId",
            "account_id": "AccountId",
            "source": "LeadSource",
            "primary_campaign_id": "CampaignId",
            "forecast_category": "ForecastCategory",
            "probability": "Probability",
            "opportunity_type": "Type",
            "loss_reason": "Loss_Reason__c",
            "next_step": "NextStep",
            "created_at": "CreatedDate",
            "created_by_id": "CreatedById",
            "modified_by_id": "LastModifiedById",
            "is_deleted": "IsDeleted",
        },
    ),
    "opportunity_contacts": (
        "OpportunityContactRole",
        {
            "opportunity_id": "OpportunityId",
            "contact_id": "ContactId",
            "role": "Role",
            "is_primary": "IsPrimary",
            "created_at": "CreatedDate",
            "is_deleted": "IsDeleted",
        },
    ),
    "accounts": (
        "Account",
        {
            "account_id": "Id",
            "account_name": "Name",
            "parent_account_id": "ParentId",
            "segment": "Segment__c",
            "industry": "Industry",
            "territory": "Territory__c",
            "owner_id": "OwnerId",
            "created_at": "CreatedDate",
            "is_deleted": "IsDeleted",
        },
    ),
    "contacts": (
        "Contact",
        {
            "contact_id": "Id",
            "account_id": "AccountId",
            "email": "Email",
            "full_name": "Name",
            "source": "LeadSource",
            "created_at": "CreatedDate",
            "is_deleted": "IsDeleted",
        },
    ),
    "leads": (
        "Lead",
        {
            "lead_id": "Id",
            "email": "Email",
            "full_name": "Name",
            "company": "Company",
            "source": "LeadSource",
            "status": "Status",
            "owner_id": "OwnerId",
            "converted_account_id": "ConvertedAccountId",
            "converted_contact_id": "ConvertedContactId",
            "converted_opportunity_id": "ConvertedOpportunityId",
            "created_at": "CreatedDate",
            "created_by_id": "CreatedById",
            "modified_by_id": "LastModifiedById",
            "is_deleted": "IsDeleted",
        },
    ),
    "users": (
        "User",
        {
            "user_id": "Id",
            "user_name": "Name",
            "email": "Email",
            "team": "Department",
            "manager_id": "ManagerId",
            "started_on": "Start_Date__c",
            "created_at": "CreatedDate",
        },
    ),
    "campaigns": (
        "Campaign",
        {
            "campaign_id": "Id",
            "campaign_name": "Name",
            "campaign_type": "Type",
            "starts_on": "StartDate",
            "ends_on": "EndDate",
            "budget_amount": "BudgetedCost",
            "actual_cost": "ActualCost",
            "currency": "CurrencyIsoCode",
            "created_at": "CreatedDate",
            "is_deleted": "IsDeleted",
        },
    ),
    "quotas": (
        "ForecastingQuota",
        {
            "user_id": "QuotaOwnerId",
            "period_type": "PeriodType",
            "period_start": "StartDate",
            "quota_amount": "QuotaAmount",
            "currency": "CurrencyIsoCode",
        },
    ),
}


def generic_tables(world: World, ids: Ids, crm: Mapping[str, Table]) -> list[Table]:
    """What the other systems of the options don't hold: everything where there is no CRM beside.

    No CRM holds costs and user history. HubSpot has neither quotas nor campaigns with members. Marketo holds the costs
    and members of what it runs, which is all but partner campaigns. `crm` are the Salesforce tables of the block by
    name. What all blocks share is in the first block's tables.
    """
    systems = world.options.systems
    tables = _company_tables(world, ids, crm)
    if "salesforce" in systems:
        return tables
    touches = member_touches(world, crm["CampaignMember"])
    if "hubspot" in systems:
        touches = only_of(world, touches, PARTNER_CAMPAIGN) if "marketo" in systems else touches
        return [with_hubspot_ids(world, ids, table) for table in (*tables, touches)]
    touches = touches if "marketo" in systems else with_marketing(world, ids, touches)
    return [*tables, touches, *_sales_tables(world, crm)]


def _company_tables(world: World, ids: Ids, crm: Mapping[str, Table]) -> list[Table]:
    if not world.is_first:
        return []
    systems = world.options.systems
    spent = costs(world, ids)
    spent = only_of(world, spent, PARTNER_CAMPAIGN) if "marketo" in systems else spent
    more = [] if "salesforce" in systems else [_renamed("quotas", crm), _renamed("campaigns", crm)]
    return [spent, user_history(world, ids), *more]


def _sales_tables(world: World, crm: Mapping[str, Table]) -> list[Table]:
    """What a CRM holds; changes of leads only where fields are tracked."""
    is_tracked = world.options.field_history
    return [
        _opportunities(crm),
        opportunity_changes(crm["Opportunity"], is_tracked),
        _renamed("opportunity_contacts", crm),
        _accounts(crm),
        _renamed("contacts", crm),
        _leads(crm),
        *([lead_changes(crm["LeadHistory"])] if is_tracked else []),
        activities(crm),
        *([_users(crm), _stages(crm)] if world.is_first else []),
    ]


def _renamed(name: str, crm: Mapping[str, Table], more: Mapping[str, Column] | None = None) -> Table:
    entity, columns = _RENAMED[name]
    table = crm[entity]
    values = {column: table.columns[original] for column, original in columns.items()} | dict(more or {})
    return Table("generic", name, table.key, table.modified, values | {"modified_at": instant(table.modified)})


def _opportunities(crm: Mapping[str, Table]) -> Table:
    count = len(crm["Opportunity"].key)
    return _renamed("opportunities", crm, {"pipeline_id": text(np.full(count, PIPELINE))})


def _accounts(crm: Mapping[str, Table]) -> Table:
    name = crm["Account"].columns["Name"].as_text()
    return _renamed("accounts", crm, {"email_domain": text(company_domains(name))})


def _leads(crm: Mapping[str, Table]) -> Table:
    """A lead's conversion is known to the day."""
    day = crm["Lead"].columns["ConvertedDate"].values
    return _renamed("leads", crm, {"converted_at": instant(np.where(day > 0, day * DAY, day))})


def _users(crm: Mapping[str, Table]) -> Table:
    roles, role = crm["UserRole"].columns, crm["User"].columns["UserRoleId"].values
    order = np.argsort(roles["Id"].values)
    position = order[np.searchsorted(roles["Id"].values[order], role)]
    return _renamed("users", crm, {"role": text(roles["Name"].as_text()[position])})


def _stages(crm: Mapping[str, Table]) -> Table:
    key = np.arange(len(STAGES))
    columns = {
        "pipeline_id": text(np.full(len(key), PIPELINE)),
        "stage": label([stage.name for stage in STAGES], key),
        "stage_order": number(key + 1),
        "phase": label(_PHASES, key),
        "is_open": flag(np.array([stage.is_open for stage in STAGES])),
        "is_won": flag(key == WON),
        "is_pipeline": flag((key >= DISCOVERY) & (key < WON)),
        "is_qualified": flag((key >= ACCEPTED) & (key < LOST)),
        "default_probability": number(np.array([stage.probability for stage in STAGES])),
    }
    return Table("generic", "stages", key, crm["OpportunityStage"].modified, columns)
