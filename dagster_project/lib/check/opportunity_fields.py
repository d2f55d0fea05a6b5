"""Where each field of an opportunity stands in raw, and which of them any row tells."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from dagster_project.lib.contracts import normalize_name
from dagster_project.lib.ingest import sql

FIELDS: dict[str, tuple[tuple[str, str], ...]] = {
    "pipeline_id": (
        ("salesforce__opportunity", "id"),
        ("hubspot__deal", "deal_pipeline_id"),
        ("generic__opportunities", "pipeline_id"),
    ),
    "stage": (
        ("salesforce__opportunity", "stage_name"),
        ("hubspot__deal", "deal_pipeline_stage_id"),
        ("generic__opportunities", "stage"),
    ),
    "amount": (
        ("salesforce__opportunity", "amount"),
        ("hubspot__deal", "property_amount"),
        ("generic__opportunities", "amount"),
    ),
    "close_date": (
        ("salesforce__opportunity", "close_date"),
        ("hubspot__deal", "property_closedate"),
        ("generic__opportunities", "close_date"),
    ),
    "created_at": (
        ("salesforce__opportunity", "created_date"),
        ("hubspot__deal", "property_createdate"),
        ("generic__opportunities", "created_at"),
    ),
    "owner_id": (
        ("salesforce__opportunity", "owner_id"),
        ("hubspot__deal", "owner_id"),
        ("generic__opportunities", "owner_id"),
    ),
    "account_id": (
        ("salesforce__opportunity", "account_id"),
        ("hubspot__deal_company", "company_id"),
        ("generic__opportunities", "account_id"),
    ),
    "source": (
        ("salesforce__opportunity", "lead_source"),
        ("hubspot__deal", "property_deal_source"),
        ("generic__opportunities", "source"),
    ),
    "forecast_category": (
        ("salesforce__opportunity", "forecast_category"),
        ("salesforce__opportunity", "forecast_category_name"),
        ("hubspot__deal", "property_hs_manual_forecast_category"),
        ("generic__opportunities", "forecast_category"),
    ),
    "next_step": (
        ("salesforce__opportunity", "next_step"),
        ("hubspot__deal", "property_hs_next_step"),
        ("generic__opportunities", "next_step"),
    ),
    "loss_reason": (
        ("salesforce__opportunity", "loss_reason"),
        ("hubspot__deal", "property_closed_lost_reason"),
        ("generic__opportunities", "loss_reason"),
    ),
    "probability": (
        ("salesforce__opportunity", "probability"),
        ("hubspot__deal", "property_hs_deal_stage_probability"),
        ("generic__opportunities", "probability"),
    ),
    "primary_campaign_id": (
        ("salesforce__opportunity", "campaign_id"),
        ("hubspot__deal", "property_campaign"),
        ("generic__opportunities", "primary_campaign_id"),
    ),
    "opportunity_type": (
        ("salesforce__opportunity", "type"),
        ("hubspot__deal", "property_dealtype"),
        ("generic__opportunities", "opportunity_type"),
    ),
    "contact_role_count": (
        ("salesforce__opportunity_contact_role", "contact_id"),
        ("hubspot__deal_contact", "contact_id"),
        ("generic__opportunity_contacts", "contact_id"),
    ),
    "two_way_activity_count": (
        ("salesforce__task", "id"),
        ("salesforce__event", "id"),
        ("salesforce__email_message", "id"),
        ("hubspot__engagement_call", "engagement_id"),
        ("hubspot__engagement_email", "engagement_id"),
        ("hubspot__engagement_meeting", "engagement_id"),
        ("generic__activities", "activity_id"),
    ),
}
"""Field of an opportunity, as stage rules name it -> (raw table, column) that may tell it."""

_CHANGES = (
    ("generic__opportunity_changes", "field"),
    ("salesforce__opportunity_field_history", "field"),
    ("hubspot__deal_property_history", "name"),
)


def told_fields(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The fields that some row of a record, or of a history, has a value of."""
    changed = {normalize_name(name) for name in changed_fields(con)}
    return {
        field
        for field, places in FIELDS.items()
        if any(_has_value(con, table, column) for table, column in places)
        or changed & {normalize_name(name) for name in (field, *(column for _, column in places))}
    }


def changed_fields(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The names of fields that histories record changes of, as their source names them."""
    found: set[str] = set()
    for table, column in _CHANGES:
        rows = con.execute(f"select distinct {sql.name(column)} from raw.{sql.name(table)}").fetchall()
        found |= {name for (name,) in rows if name}
    return found


def custom_names(con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> set[str]:
    """Names of undeclared columns that some row of these raw tables has a value of."""
    found: set[str] = set()
    for table in tables:
        rows = con.execute(
            f"select distinct unnest(json_keys(_custom)) from raw.{sql.name(table)} where _custom <> '{{}}'"
        ).fetchall()
        found |= {name for (name,) in rows}
    return found


def _has_value(con: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    query = f"select 1 from raw.{sql.name(table)} where {sql.name(column)} is not null limit 1"
    return con.execute(query).fetchone() is not None
