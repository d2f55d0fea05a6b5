{#- Every extracted version of a Salesforce user, with the name of its role; without one its title stands for it. -#}
{{ config(materialized='ephemeral') }}

with roles as (

    select source_name, user_role_id, user_role_name
    from ({{ latest_version(ref('stg_salesforce__user_role')) }}) as roles

)

select
    users.user_id,
    users.source_name,
    users.user_name,
    users.started_on,
    cast(null as date) as ended_on,
    coalesce(roles.user_role_name, users.title) as raw_role,
    users.department as team,
    users.division as segment,
    cast(null as varchar) as territory,
    users.manager_id,
    users.version_at,
    users.version_sequence,
    users.extracted_at,
    users.record_number,
    users.row_hash,
    users.load_sequence
from {{ ref('stg_salesforce__user') }} as users
left join roles
    on users.source_name = roles.source_name
    and users.user_role_id = roles.user_role_id
where not users.is_record_deleted
