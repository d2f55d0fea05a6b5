{#- Contacts of mapped sources, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    contact_id,
    source_name,
    account_id,
    email,
    source,
    false as is_lead,
    created_at,
    is_record_deleted,
    version_at
    {{- lifted_columns('contacts', 'stg_generic__contacts') }}
from ({{ latest_version(ref('stg_generic__contacts')) }}) as contacts
