{#- Every extracted version of a Salesforce lead, deletions left out but where nothing else tells of it. -#}
{{ config(materialized='ephemeral') }}

select
    lead_id,
    source_name,
    lead_source as source,
    lead_status as status,
    cast(null as varchar) as lifecycle_stage,
    owner_id,
    created_at,
    created_by_id,
    last_modified_by_id as modified_by_id,
    version_at, version_sequence, extracted_at, record_number, row_hash, file_id
from {{ ref('stg_salesforce__lead') }}
qualify
    not is_record_deleted
    or min(case when is_record_deleted then 1 else 0 end) over (partition by source_name, record_key) = 1
