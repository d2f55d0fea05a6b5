{#- HubSpot contacts, as newest known: its leads as well. -#}
{{ config(materialized='ephemeral') }}

select
    contact_id,
    source_name,
    company_id as account_id,
    email,
    contact_source as source,
    true as is_lead,
    created_at,
    is_record_deleted,
    version_at
    {{- lifted_columns('contacts', 'stg_hubspot__contact') }}
from ({{ latest_version(ref('stg_hubspot__contact')) }}) as contacts
