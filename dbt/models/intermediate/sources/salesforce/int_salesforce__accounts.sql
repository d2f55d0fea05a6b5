{#- Salesforce accounts, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    account_id,
    source_name,
    account_name,
    parent_id as parent_account_id,
    segment,
    industry,
    territory,
    website as email_domain,
    created_at,
    is_record_deleted
    {{- lifted_columns('accounts', 'stg_salesforce__account') }}
from ({{ latest_version(ref('stg_salesforce__account')) }}) as accounts
