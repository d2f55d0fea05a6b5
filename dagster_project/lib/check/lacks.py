"""What the marts will lack, by what no file tells: one declared table, so that nothing is said in two places."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.lib.check.opportunity_fields import told_fields
from dagster_project.lib.check.seed_files import seed_rows
from dagster_project.lib.ingest import sql


@dataclass(frozen=True)
class Need:
    """Something that marts are made of: raw tables of which one row suffices, else a seed, and what lacks without."""

    name: str
    tables: tuple[str, ...]
    lacking: str
    seed: str | None = None


NEEDS = (
    Need(
        "recorded history of opportunities",
        (
            "salesforce__opportunity_history",
            "salesforce__opportunity_field_history",
            "hubspot__deal_property_history",
            "hubspot__deal_stage",
            "generic__opportunity_changes",
        ),
        "stage_transitions: what held before the first extract is assumed, so that stages passed on the way enter no "
        "conversion and no time in stage; stage rules judge `unknown` there",
    ),
    Need(
        "users",
        ("salesforce__user", "hubspot__owner", "generic__users"),
        "coverage: owners stand under their ids, without name, role, team or segment; nobody is known as an AE",
    ),
    Need(
        "quotas",
        ("salesforce__forecasting_quota", "generic__quotas"),
        "coverage: coverage, required pipeline and status are not available",
        seed="quotas",
    ),
    Need(
        "accounts",
        ("salesforce__account", "hubspot__company", "generic__accounts"),
        "core.dim_accounts is empty; dimensions by segment, industry and territory of an account are empty",
    ),
    Need(
        "people on opportunities",
        ("salesforce__opportunity_contact_role", "hubspot__deal_contact", "generic__opportunity_contacts"),
        "attribution: nobody is known to belong to a deal; rules on contact_role_count have nothing to judge",
    ),
    Need(
        "leads",
        ("salesforce__lead", "hubspot__contact", "generic__leads"),
        "core.dim_leads, lead stages, fct_lead_response, agg_lead_acceptance and the funnel before the deal are empty",
    ),
    Need(
        "touches",
        (
            "salesforce__campaign_member",
            "marketo__program_membership",
            "marketo__activity_fill_out_form",
            "marketo__activity_click_email",
            "generic__touches",
        ),
        "attribution is empty, and no claimed source meets evidence",
    ),
    Need(
        "activities of staff",
        (
            "salesforce__task",
            "salesforce__event",
            "salesforce__email_message",
            "hubspot__engagement_call",
            "hubspot__engagement_email",
            "hubspot__engagement_meeting",
            "generic__activities",
        ),
        "fct_lead_response: no answer is known; rules on two_way_activity_count have nothing to judge",
    ),
)
FIELD_LACKS = {
    "stage": "stage_transitions: no stage is known at all",
    "amount": "every amount and every rate by amount is not available",
    "close_date": "coverage and close-date windows: open pipeline falls in no period, closings have no date",
    "created_at": "ages, cycle times and created pipeline: life starts at the first extract",
    "owner_id": "coverage: nobody owns anything",
    "source": "attribution and governance: nothing is claimed, so no claim can be contradicted",
    "loss_reason": "agg_stage_leakage: losses have no reason class",
}
"""Field of opportunities -> what lacks where no row has a value of it."""


def marts_lack(con: duckdb.DuckDBPyConnection, seeds: Path) -> list[str]:
    """One sentence per need that nothing fills and per field of opportunities that no row tells."""
    fields = told_fields(con)
    said = [f"no {field} of opportunities: {lacking}." for field, lacking in FIELD_LACKS.items() if field not in fields]
    return said + [f"no {need.name}: {need.lacking}." for need in NEEDS if not _is_met(con, need, seeds)]


def _is_met(con: duckdb.DuckDBPyConnection, need: Need, seeds: Path) -> bool:
    if need.seed is not None and seed_rows(seeds, need.seed):
        return True
    return any(con.execute(f"select 1 from raw.{sql.name(table)} limit 1").fetchone() for table in need.tables)
