"""The tables that the models of histories read, as SQL, and the rows of them that hold what sources tell."""

from __future__ import annotations

from tests.integration import told_histories as naive
from tests.integration.told_histories import Opportunity, Told, Version

INPUTS = """
    create schema seeds;
    create schema intermediate;
    create schema stage_transitions;
    create table seeds.source_taxonomy (claimed_source varchar, sourcing_function varchar);
    create table seeds.stage_rules (field varchar);
    create table intermediate.int_run_settings (as_of_date date, as_of_at timestamp, oldest_system_at timestamp);
    create table intermediate.int_user_intervals (
        user_id varchar, valid_from timestamp, valid_to timestamp, team varchar, segment varchar, role varchar, territory varchar,
        staff_basis varchar
    );
    create table intermediate.int_stage_policy (
        pipeline_id varchar, stage varchar, open_stage_rank bigint, is_open boolean, is_pipeline boolean, is_qualified boolean,
        is_won boolean, valid_from timestamp, valid_to timestamp, stage_order bigint, phase varchar, maximum_days bigint,
        has_bar boolean default true,
        kind_basis varchar default 'policy'
    );
    create table intermediate.int_fx_rates (
        currency varchar, rate_to_reporting decimal(20, 14), valid_from date, valid_to date
    );
    create table intermediate.int_record_merges (
        record_kind varchar, record_id varchar, survivor_id varchar, merged_at timestamp
    );
    create table intermediate.int_opportunity_sources (opportunity_id varchar, evidence_function varchar);
    create table intermediate.int_opportunity_absences (source_name varchar, record_key varchar, absent_at timestamp);
    create table intermediate.int_recorded_changes (
        opportunity_id varchar, field varchar, old_value varchar, new_value varchar, changed_at timestamp, known_at timestamp,
        version_sequence varchar, record_number bigint, is_preferred boolean, is_empty_place boolean,
        source_name varchar default 's', changed_by_id varchar, is_snapshot boolean default false, is_by_name boolean default false,
        precedence integer default 1, is_unreadable boolean default false, row_hash varchar default '',
        known_load_sequence bigint default 1, is_old_value_told boolean default false,
        is_entry_date boolean default false
    );
    create table intermediate.int_opportunity_versions (
        opportunity_id varchar, pipeline_id varchar, source varchar, owner_id varchar, amount decimal(28, 6), close_date date,
        forecast_category varchar, stage varchar, is_deleted boolean, currency varchar, created_at timestamp, version_at timestamp,
        extracted_at timestamp, record_number bigint, is_absence boolean, is_closed boolean, is_won boolean,
        source_name varchar default 's', account_id varchar, lead_id varchar, primary_campaign_id varchar,
        probability decimal(28, 6), opportunity_type varchar, loss_reason varchar, next_step varchar, created_by_id varchar,
        modified_by_id varchar, custom_fields varchar default '{}', version_sequence varchar, row_hash varchar default '',
        missing_columns varchar default '[]', file_columns varchar default '[]', load_sequence bigint default 1,
        stage_entered_at timestamp, closed_told_at timestamp, deleted_told_at timestamp, is_deletion_own boolean default false
    );
"""


def recorded(one: Opportunity, change: Told) -> dict[str, object]:
    return {
        "opportunity_id": one.name,
        "field": change.field,
        "old_value": change.old,
        "new_value": change.new,
        "changed_at": change.at,
        "known_at": change.known_at,
        "version_sequence": change.sequence,
        "record_number": change.number,
        "is_preferred": change.is_preferred,
        "is_old_value_told": change.is_old_told,
        "is_empty_place": change.field in naive.NEVER_EMPTY and change.new is None,
    }


def extracted(one: Opportunity, version: Version) -> dict[str, object]:
    return {
        **version.values,
        "opportunity_id": one.name,
        "is_deleted": version.values["is_deleted"] == "true",
        "currency": None if version.is_absence else one.currency,
        "created_at": version.created_at,
        "version_at": version.at,
        "extracted_at": version.extracted_at,
        "record_number": version.number,
        "is_absence": version.is_absence,
        "is_closed": version.is_closed,
    }
