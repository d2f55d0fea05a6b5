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
    is_record_deleted,
    version_at
    {{- lifted_columns('contacts', 'stg_salesforce__contact') }}
from ({{ latest_version(ref('stg_salesforce__contact')) }}) as contacts
