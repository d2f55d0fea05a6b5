{#- What is known of each user and since when: versions of the user record, and the dated history where the source has one.
    Only versions in which something that the marts use changed are kept. -#}
{{ config(materialized='view') }}

with salesforce_roles as (

    select source_name, user_role_id, user_role_name
    from ({{ latest_version(ref('stg_salesforce__user_role')) }}) as roles

),

hubspot_users as (

    select users.source_name, users.user_id, roles.role_name, teams.team_name
    from ({{ latest_version(ref('stg_hubspot__user')) }}) as users
    left join ({{ latest_version(ref('stg_hubspot__role')) }}) as roles
        on users.source_name = roles.source_name and users.role_id = roles.role_id
    left join ({{ latest_version(ref('stg_hubspot__team')) }}) as teams
        on users.source_name = teams.source_name and users.team_id = teams.team_id

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
    where not users.is_record_deleted

    union all

    select
        user_id, source_name, user_name, started_on, ended_on, role as raw_role, team, segment, territory, manager_id,
        version_at, version_sequence, extracted_at, record_number, row_hash, load_sequence
    from {{ ref('stg_generic__users') }}
    where not is_record_deleted

    union all

    -- HubSpot's records name owners, so an owner is the user; role and team are those of the log-in, as newest known.
    select
        owners.owner_id as user_id,
        owners.source_name,
        nullif(trim(coalesce(owners.first_name, '') || ' ' || coalesce(owners.last_name, '')), '') as user_name,
        -- Whoever was made an owner when HubSpot was introduced had started before, nobody knows when.
        case
            when owners.created_at >= min({{ add_time('owners.created_at', var('hubspot_rollout_days'), 'day') }}) over (
                partition by owners.source_name
            ) then {{ local_date('owners.created_at') }}
        end as started_on,
        cast(null as date) as ended_on,
        hubspot_users.role_name as raw_role,
        hubspot_users.team_name as team,
        cast(null as varchar) as segment,
        cast(null as varchar) as territory,
        cast(null as varchar) as manager_id,
        owners.version_at, owners.version_sequence, owners.extracted_at, owners.record_number, owners.row_hash,
        owners.load_sequence
    from {{ ref('stg_hubspot__owner') }} as owners
    left join {{ ref('int_hubspot_owners') }} as log_ins
        on owners.source_name = log_ins.source_name and owners.owner_id = log_ins.owner_id and log_ins.is_first_of_owner
    left join hubspot_users
        on log_ins.source_name = hubspot_users.source_name and log_ins.user_id = hubspot_users.user_id

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
