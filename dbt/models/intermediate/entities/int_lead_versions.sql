{#- Every version of every lead record that was extracted, of all sources, deletions left out. -#}
{{ config(materialized='view') }}

select
    united.lead_id, united.source_name, united.source, united.status, united.lifecycle_stage, united.owner_id,
    united.created_at, united.created_by_id, united.modified_by_id, united.version_at, united.version_sequence,
    united.extracted_at, united.record_number, united.row_hash,
    coalesce(files.missing_columns, '[]') as missing_columns
from {{ united('lead_versions') }} as united
left join {{ source('bookkeeping', 'plumbline_files') }} as files on united.file_id = files.file_id
