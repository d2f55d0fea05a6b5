{#- Every extracted version of an opportunity of a mapped source. -#}
{{ config(materialized='ephemeral') }}

select
    opportunity_id,
    source_name,
    pipeline_id as pipeline_key,
    pipeline_id as source_pipeline,
    stage,
    amount,
    currency,
    close_date,
    owner_id,
    account_id,
    lead_id,
    source,
    primary_campaign_id,
    forecast_category,
    probability,
    opportunity_type,
    loss_reason,
    next_step,
    is_closed,
    is_won,
    cast(null as timestamp) as stage_entered_at,
    closed_at as closed_told_at,
    cast(null as timestamp) as deleted_told_at,
    coalesce(is_deleted, false) as is_deletion_own,
    created_at,
    created_by_id,
    modified_by_id,
    custom_fields,
    version_at, version_sequence, extracted_at, record_number, row_hash, is_record_deleted, record_key, file_id, load_sequence
    {{- lifted_columns('opportunities', 'stg_generic__opportunities') }}
from {{ ref('stg_generic__opportunities') }}
