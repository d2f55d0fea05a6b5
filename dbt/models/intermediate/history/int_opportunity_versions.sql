{#- Every version of every opportunity record that was extracted, of all sources, with deletions as versions: soft ones as the
    source flags them, hard ones where a full extract no longer holds the record, mergers. Accounts are those that mergers left. -#}
{{ config(materialized='view') }}

with united as (

    select
        opportunity_id, source_name, 'default' as source_pipeline, record_type_id, stage_name as stage, amount,
        currency_iso_code as currency, close_date, owner_id, account_id, cast(null as varchar) as lead_id,
        lead_source as source, campaign_id as primary_campaign_id,
        coalesce(forecast_category, forecast_category_name) as forecast_category, probability, opportunity_type, loss_reason,
        next_step, is_closed, is_won, created_at, created_by_id, last_modified_by_id as modified_by_id, custom_fields
        {{- lifted_columns('opportunities', 'stg_salesforce__opportunity') }},
        version_at, version_sequence, extracted_at, record_number, row_hash, is_record_deleted, record_key, file_id, load_sequence
    from {{ ref('stg_salesforce__opportunity') }}
    union all
    select
        opportunity_id, source_name, pipeline_id as source_pipeline, cast(null as varchar) as record_type_id, stage, amount,
        currency, close_date, owner_id, account_id, lead_id,
        source, primary_campaign_id,
        forecast_category, probability, opportunity_type, loss_reason,
        next_step, cast(null as boolean) as is_closed, cast(null as boolean) as is_won, created_at, created_by_id, modified_by_id,
        custom_fields
        {{- lifted_columns('opportunities', 'stg_generic__opportunities') }},
        version_at, version_sequence, extracted_at, record_number, row_hash, is_record_deleted, record_key, file_id, load_sequence
    from {{ ref('stg_generic__opportunities') }}
    union all
    select
        deal_id as opportunity_id, source_name, source_pipeline, cast(null as varchar) as record_type_id, stage, amount,
        currency, close_date, owner_id, account_id, cast(null as varchar) as lead_id,
        source, primary_campaign_id,
        forecast_category, probability, opportunity_type, loss_reason,
        next_step, cast(null as boolean) as is_closed, cast(null as boolean) as is_won, created_at, created_by_id,
        cast(null as varchar) as modified_by_id, custom_fields
        {{- lifted_columns('opportunities', 'stg_hubspot__deal') }},
        version_at, version_sequence, extracted_at, record_number, row_hash, is_record_deleted, record_key, file_id, load_sequence
    from {{ ref('int_hubspot_deals') }}

),

with_pipeline as (

    select
        united.*,
        coalesce(merged_accounts.survivor_id, united.account_id) as survivor_account_id,
        coalesce(pipelines.pipeline_id, united.source_pipeline, 'default') as pipeline_id,
        coalesce(files.missing_columns, '[]') as missing_columns,
        coalesce(files.file_columns, '[]') as file_columns
    from united
    left join {{ source('bookkeeping', 'plumbline_files') }} as files on united.file_id = files.file_id
    left join {{ ref('pipelines') }} as pipelines
        on united.source_name = pipelines.source_name
        and coalesce(united.record_type_id, united.source_pipeline) = pipelines.source_pipeline
    left join {{ ref('int_record_merges') }} as merged_accounts
        on united.account_id = merged_accounts.record_id
        and merged_accounts.record_kind = 'account'

),

absences as (

    select source_name, record_key, absent_at, load_sequence, true as is_deleted, 'absent' as row_hash
    from {{ ref('int_opportunity_absences') }}
    union all
    -- A record that comes back as it was has no newer version to say so.
    select
        source_name, record_key, seen_again_at as absent_at, seen_again_load_sequence as load_sequence, false as is_deleted,
        'seen again' as row_hash
    from {{ ref('int_opportunity_absences') }}
    where seen_again_at is not null
    union all
    -- A merged record is gone from then on, whether or not an extract says so.
    select
        source_name, record_id as record_key, merged_at as absent_at, load_sequence, true as is_deleted, 'absent' as row_hash
    from {{ ref('int_record_merges') }}
    where record_kind = 'opportunity' and record_id in (select united.opportunity_id from united)

)

select
    opportunity_id, source_name, pipeline_id, stage, amount, currency, close_date, owner_id,
    survivor_account_id as account_id, lead_id, source,
    primary_campaign_id, forecast_category, probability, opportunity_type, loss_reason, next_step, is_closed, is_won, created_at,
    created_by_id, modified_by_id, custom_fields, version_at, version_sequence, extracted_at, record_number, row_hash,
    is_record_deleted as is_deleted, false as is_absence, missing_columns, file_columns, load_sequence
    {{- lifted_columns('opportunities') }}
from with_pipeline
union all
select
    record_key as opportunity_id, source_name,
    cast(null as varchar) as pipeline_id, cast(null as varchar) as stage, cast(null as decimal(28, 6)) as amount,
    cast(null as varchar) as currency, cast(null as date) as close_date, cast(null as varchar) as owner_id,
    cast(null as varchar) as account_id, cast(null as varchar) as lead_id, cast(null as varchar) as source,
    cast(null as varchar) as primary_campaign_id, cast(null as varchar) as forecast_category,
    cast(null as decimal(28, 6)) as probability, cast(null as varchar) as opportunity_type,
    cast(null as varchar) as loss_reason, cast(null as varchar) as next_step,
    cast(null as boolean) as is_closed, cast(null as boolean) as is_won, cast(null as timestamp) as created_at,
    cast(null as varchar) as created_by_id, cast(null as varchar) as modified_by_id, '{}' as custom_fields,
    absent_at as version_at, cast(null as varchar) as version_sequence, absent_at as extracted_at,
    cast(null as bigint) as record_number, row_hash, is_deleted, true as is_absence,
    '[]' as missing_columns, '[]' as file_columns, load_sequence
    {{- lifted_columns('opportunities', 'absence') }}
from absences
