{#- Marketo leads that the CRM doesn't know. -#}
{{ config(materialized='ephemeral') }}

select
    record_id as lead_id,
    source_name,
    account_id,
    email_domain,
    is_internal,
    is_deleted,
    created_at
from {{ ref('int_marketo__people') }}
where match_kind = 'none' and is_kept
