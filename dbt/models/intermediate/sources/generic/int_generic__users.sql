{#- Users of mapped sources, as newest known, with what is lifted from them. -#}
{{ config(materialized='ephemeral') }}

select
    user_id,
    source_name
    {{- lifted_columns('users', 'stg_generic__users') }}
from ({{ latest_version(ref('stg_generic__users')) }}) as users
