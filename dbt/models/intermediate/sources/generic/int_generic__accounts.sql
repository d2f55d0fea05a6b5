{#- Accounts of mapped sources, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    account_id,
    source_name,
    account_name,
    parent_account_id,
    segment,
    industry,
    territory,
    email_domain,
    created_at,
    is_record_deleted
    {{- lifted_columns('accounts', 'stg_generic__accounts') }}
from ({{ latest_version(ref('stg_generic__accounts')) }}) as accounts
