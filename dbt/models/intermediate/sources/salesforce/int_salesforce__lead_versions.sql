{#- Every extracted version of a Salesforce lead, deletions left out. -#}
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
where not is_record_deleted
