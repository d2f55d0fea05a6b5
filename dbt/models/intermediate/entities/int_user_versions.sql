{#- What is known of each user and since when: versions of the user record, and the dated history where the source has one.
    Only versions in which something that the marts use changed are kept. -#}
{{ config(materialized='view') }}

with salesforce_roles as (

    select source_name, user_role_id, user_role_name
    from ({{ latest_version(ref('stg_salesforce__user_role')) }}) as roles

),

versions as (

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
        users.version_at, users.version_sequence, users.extracted_at, users.record_number, users.row_hash,
        users.load_sequence
    from {{ ref('stg_salesforce__user') }} as users
    left join salesforce_roles as roles
        on users.source_name = roles.source_name and users.user_role_id = roles.user_role_id

    union all

    select
        user_id, source_name, user_name, started_on, ended_on, role as raw_role, team, segment, territory, manager_id,
        version_at, version_sequence, extracted_at, record_number, row_hash, load_sequence
    from {{ ref('stg_generic__users') }}
    where not is_record_deleted

),

compared as (

    select
        *,
        {{ surrogate_key(['raw_role', 'team', 'segment', 'territory', 'manager_id', 'started_on', 'ended_on', 'user_name']) }}
            as attributes_hash
    from versions

)

select
    *,
    row_number() over (partition by user_id order by {{ version_order('') }}) as version_number
from compared
qualify
    attributes_hash is distinct from lag(attributes_hash) over (partition by user_id order by {{ version_order('') }})
