{#- HubSpot owners, as newest known, with what is lifted from them. -#}
{{ config(materialized='ephemeral') }}

select
    owner_id as user_id,
    source_name
    {{- lifted_columns('users', 'stg_hubspot__owner') }}
from ({{ latest_version(ref('stg_hubspot__owner')) }}) as users
