{#- E-mail addresses of all versions of contacts and leads of mapped sources. -#}
{{ config(materialized='ephemeral') }}

select
    'contact' as record_kind,
    contact_id as record_id,
    email,
    created_at,
    is_record_deleted,
    version_at, version_sequence, extracted_at, record_number, row_hash
from {{ ref('stg_generic__contacts') }}
union all
select
    'lead' as record_kind,
    lead_id as record_id,
    email,
    created_at,
    is_record_deleted,
    version_at, version_sequence, extracted_at, record_number, row_hash
from {{ ref('stg_generic__leads') }}
