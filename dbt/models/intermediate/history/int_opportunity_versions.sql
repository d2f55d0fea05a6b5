{#- Every version of every opportunity record that was extracted, of all sources, with deletions as versions: soft ones as the
    source flags them, hard ones where a full extract no longer holds the record, mergers. Accounts are those that mergers left. -#}
{{ config(materialized='view') }}

with with_pipeline as (

    select
        united.*,
        -- A merged record is gone from then on, whether or not an extract says so.
        united.is_record_deleted or coalesce(united.version_at >= mergers.merged_at, false) as is_deleted,
        pipelines.pipeline_id,
        coalesce(names.stage, nullif(trim(united.stage), '')) as spelled_stage,
        coalesce(files.missing_columns, '[]') as missing_columns,
        coalesce(files.file_columns, '[]') as file_columns
    from {{ united('opportunity_versions') }} as united
    left join {{ source('bookkeeping', 'plumbline_files') }} as files on united.file_id = files.file_id
    left join {{ ref('pipelines') }} as mapped
        on united.source_name = mapped.source_name
        and united.pipeline_key = mapped.source_pipeline
    left join {{ ref('int_pipelines') }} as pipelines
        on united.source_name = pipelines.source_name
        and {{ told_pipeline('united', 'mapped') }} = pipelines.source_pipeline
    left join {{ ref('int_stage_names') }} as names
        on {{ stage_key('united.stage', told_pipeline('united', 'mapped')) }} = names.stage_key
    left join {{ ref('int_record_merges') }} as mergers
        on united.opportunity_id = mergers.record_id
        and mergers.record_kind = 'opportunity'

),

absences as (

    select
        source_name, record_key, absent_at, absent_at as shown_at, load_sequence, true as is_deleted, 'absent' as row_hash
    from {{ ref('int_opportunity_absences') }}
    union all
    -- A record that comes back as it was has no newer version to say so.
    select
        source_name, record_key, seen_again_at as absent_at, seen_again_at as shown_at,
        seen_again_load_sequence as load_sequence, false as is_deleted, 'seen again' as row_hash
    from {{ ref('int_opportunity_absences') }}
    where seen_again_at is not null
    union all
    -- Never before an extract that shows the record alive.
    select
        mergers.source_name, mergers.record_id as record_key, mergers.merged_at as absent_at,
        coalesce(greatest(mergers.merged_at, alive.last_extracted_at), mergers.merged_at) as shown_at, mergers.load_sequence,
        true as is_deleted, 'absent' as row_hash
    from {{ ref('int_record_merges') }} as mergers
    inner join (
        select opportunity_id, max(case when not is_deleted then extracted_at end) as last_extracted_at
        from with_pipeline
        group by opportunity_id
    ) as alive on mergers.record_id = alive.opportunity_id
    where mergers.record_kind = 'opportunity'

)

select
    opportunity_id, source_name, pipeline_id, spelled_stage as stage, amount, currency, close_date, owner_id,
    account_id, lead_id, source,
    primary_campaign_id, forecast_category, probability, opportunity_type, loss_reason, next_step, is_closed, is_won, stage_entered_at,
    closed_told_at, deleted_told_at, is_deletion_own, created_at,
    created_by_id, modified_by_id, custom_fields, version_at, version_sequence, extracted_at, record_number, row_hash,
    is_deleted, false as is_absence, missing_columns, file_columns, load_sequence
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
    cast(null as boolean) as is_closed, cast(null as boolean) as is_won, cast(null as timestamp) as stage_entered_at,
    cast(null as timestamp) as closed_told_at, cast(null as timestamp) as deleted_told_at, false as is_deletion_own,
    cast(null as timestamp) as created_at,
    cast(null as varchar) as created_by_id, cast(null as varchar) as modified_by_id, '{}' as custom_fields,
    absent_at as version_at, cast(null as varchar) as version_sequence, shown_at as extracted_at,
    cast(null as bigint) as record_number, row_hash, is_deleted, true as is_absence,
    '[]' as missing_columns, '[]' as file_columns, load_sequence
    {{- lifted_columns('opportunities', 'absence') }}
from absences
