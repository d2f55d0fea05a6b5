{#- Salesforce's contact roles, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    opportunity_id,
    contact_id,
    source_name,
    role,
    is_primary,
    created_at,
    version_at,
    is_record_deleted,
    record_key
from ({{ latest_version(ref('stg_salesforce__opportunity_contact_role')) }}) as roles
