{#- Salesforce users, as newest known, with what is lifted from them. -#}
{{ config(materialized='ephemeral') }}

select
    user_id,
    source_name
    {{- lifted_columns('users', 'stg_salesforce__user') }}
from ({{ latest_version(ref('stg_salesforce__user')) }}) as users
