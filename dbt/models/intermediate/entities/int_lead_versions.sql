{#- Every version of every lead record that was extracted, of all sources, deletions left out. -#}
{{ config(materialized='view') }}

with united as (

    select
        lead_id, source_name, lead_source as source, lead_status as status, owner_id, created_at, created_by_id,
        last_modified_by_id as modified_by_id,
        version_at, version_sequence, extracted_at, record_number, row_hash, file_id
    from {{ ref('stg_salesforce__lead') }}
    where not is_record_deleted
    union all
    select
        lead_id, source_name, source, status, owner_id, created_at, created_by_id, modified_by_id,
        version_at, version_sequence, extracted_at, record_number, row_hash, file_id
    from {{ ref('stg_generic__leads') }}
    where not is_record_deleted

)

select
    united.lead_id, united.source_name, united.source, united.status, united.owner_id, united.created_at, united.created_by_id,
    united.modified_by_id, united.version_at, united.version_sequence, united.extracted_at, united.record_number,
    united.row_hash,
    coalesce(files.missing_columns, '[]') as missing_columns
from united
left join {{ source('bookkeeping', 'plumbline_files') }} as files on united.file_id = files.file_id
