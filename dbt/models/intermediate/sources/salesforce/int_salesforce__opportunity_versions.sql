{#- Every extracted version of a Salesforce opportunity. A record type is what tells pipelines apart. -#}
{{ config(materialized='ephemeral') }}

select
    opportunity_id,
    source_name,
    coalesce(record_type_id, 'default') as pipeline_key,
    'default' as source_pipeline,
    stage_name as stage,
    amount,
    currency_iso_code as currency,
    close_date,
    owner_id,
    account_id,
    cast(null as varchar) as lead_id,
    lead_source as source,
    campaign_id as primary_campaign_id,
    coalesce(forecast_category, forecast_category_name) as forecast_category,
    probability,
    opportunity_type,
    loss_reason,
    next_step,
    is_closed,
    is_won,
    stage_entered_at,
    cast(null as timestamp) as closed_told_at,
    cast(null as timestamp) as deleted_told_at,
    coalesce(is_deleted, false) as is_deletion_own,
    created_at,
    created_by_id,
    last_modified_by_id as modified_by_id,
    custom_fields,
    version_at, version_sequence, extracted_at, record_number, row_hash, is_record_deleted, record_key, file_id, load_sequence
    {{- lifted_columns('opportunities', 'stg_salesforce__opportunity') }}
from {{ ref('stg_salesforce__opportunity') }}
