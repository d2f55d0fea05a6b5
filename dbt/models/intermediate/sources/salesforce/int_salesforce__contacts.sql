{#- Salesforce contacts, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    contact_id,
    source_name,
    account_id,
    email,
    lead_source as source,
    false as is_lead,
    created_at,
    deleted_at is not null as is_record_deleted,
    deleted_at
    {{- lifted_columns('contacts', 'stg_salesforce__contact') }}
from ({{ newest_sight_and_deletion(ref('stg_salesforce__contact'), ['contact']) }}) as contacts
