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
    deleted_at is not null as is_record_deleted,
    deleted_at
    {{- lifted_columns('contacts', 'stg_hubspot__contact') }}
from ({{ newest_sight_and_deletion(ref('stg_hubspot__contact'), ['contact']) }}) as contacts
