{#- Role, team and manager of users of mapped sources by date. -#}
{{ config(materialized='ephemeral') }}

select
    user_id,
    source_name,
    valid_from,
    valid_to,
    role as raw_role,
    team,
    segment,
    territory,
    manager_id
from ({{ latest_version(ref('stg_generic__user_history')) }}) as dated
where not is_record_deleted
