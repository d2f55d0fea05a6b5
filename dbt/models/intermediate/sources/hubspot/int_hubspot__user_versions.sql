{#- Every extracted version of a HubSpot owner: records name owners, so an owner is the user. Role and team are those of the log-in, as
    newest known; where no log-in tells a team, it is the owner's own. -#}
{{ config(materialized='ephemeral') }}

with log_ins as (

    select users.source_name, users.user_id, roles.role_name, teams.team_name
    from ({{ latest_version(ref('stg_hubspot__user')) }}) as users
    left join ({{ latest_version(ref('stg_hubspot__role')) }}) as roles
        on users.source_name = roles.source_name and users.role_id = roles.role_id
    left join ({{ latest_version(ref('stg_hubspot__team')) }}) as teams
        on users.source_name = teams.source_name and users.team_id = teams.team_id

),

owner_rows as (

    select source_name, owner_row_id, min(owner_id) as owner_id
    from {{ ref('stg_hubspot__owner') }}
    where owner_row_id is not null
    group by source_name, owner_row_id

),

-- An owner may be in several teams: the primary one counts, as newest told.
owner_teams as (

    select memberships.source_name, coalesce(memberships.owner_id, owner_rows.owner_id) as owner_id, teams.team_name
    from ({{ latest_version(ref('stg_hubspot__owner_team')) }}) as memberships
    left join owner_rows
        on memberships.source_name = owner_rows.source_name and memberships.owner_row_id = owner_rows.owner_row_id
    inner join ({{ latest_version(ref('stg_hubspot__team')) }}) as teams
        on memberships.source_name = teams.source_name and memberships.team_id = teams.team_id
    where not memberships.is_record_deleted
    qualify row_number() over (
        partition by memberships.source_name, coalesce(memberships.owner_id, owner_rows.owner_id)
        order by
            case
                when coalesce(memberships.is_team_primary, upper(trim(memberships.membership)) = 'PRIMARY', false) then 0 else 1
            end asc nulls last,
            memberships.extracted_at desc nulls last, memberships.team_id asc nulls last
    ) = 1

)

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
    log_ins.role_name as raw_role,
    coalesce(log_ins.team_name, owner_teams.team_name) as team,
    cast(null as varchar) as segment,
    cast(null as varchar) as territory,
    cast(null as varchar) as manager_id,
    owners.version_at,
    owners.version_sequence,
    owners.extracted_at,
    owners.record_number,
    owners.row_hash,
    owners.load_sequence
from {{ ref('stg_hubspot__owner') }} as owners
left join {{ ref('int_hubspot__owners') }} as matched
    on owners.source_name = matched.source_name
    and owners.owner_id = matched.owner_id
    and matched.is_first_of_owner
left join log_ins
    on matched.source_name = log_ins.source_name
    and matched.user_id = log_ins.user_id
left join owner_teams
    on owners.source_name = owner_teams.source_name
    and owners.owner_id = owner_teams.owner_id
