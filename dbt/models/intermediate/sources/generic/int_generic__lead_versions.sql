{#- Every extracted version of a lead of a mapped source, deletions left out but where nothing else tells of it. -#}
{{ config(materialized='ephemeral') }}

select
    lead_id,
    source_name,
    source,
    status,
    cast(null as varchar) as lifecycle_stage,
    owner_id,
    created_at,
    created_by_id,
    modified_by_id,
    version_at, version_sequence, extracted_at, record_number, row_hash, file_id
from {{ ref('stg_generic__leads') }}
qualify
    not is_record_deleted
    or min(case when is_record_deleted then 1 else 0 end) over (partition by source_name, record_key) = 1
