{#- HubSpot companies, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    company_id as account_id,
    source_name,
    company_name as account_name,
    parent_company_id as parent_account_id,
    segment,
    industry,
    territory,
    email_domain,
    created_at,
    is_record_deleted
    {{- lifted_columns('accounts', 'stg_hubspot__company') }}
from ({{ latest_version(ref('stg_hubspot__company')) }}) as companies
