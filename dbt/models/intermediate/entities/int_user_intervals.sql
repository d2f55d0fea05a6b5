{#- Role, team, segment, territory and manager of each user by date. Dated history decides where a user has any; otherwise the
    versions of the user record do. What dated history doesn't tell at all is taken from the newest record, and what is first known
    also stands for the time before: `staff_basis` says so. -#}
with history as (

    select * from {{ united('user_history') }} as dated

),

newest as (

    select * from {{ ref('int_user_versions') }}
    qualify row_number() over (partition by user_id order by version_number desc nulls last) = 1

),

from_history as (

    select
        history.user_id,
        history.valid_from,
        least(
            coalesce(history.valid_to, {{ end_of_time() }}),
            coalesce(
                lead(history.valid_from) over (partition by history.user_id order by history.valid_from asc nulls first),
                {{ end_of_time() }}
            )
        ) as valid_to,
        coalesce(history.raw_role, newest.raw_role) as raw_role,
        coalesce(history.team, newest.team) as team,
        coalesce(history.segment, newest.segment) as segment,
        coalesce(history.territory, newest.territory) as territory,
        coalesce(history.manager_id, newest.manager_id) as manager_id,
        case
            when
                {%- for name in ['raw_role', 'team', 'segment', 'territory', 'manager_id'] %}
                (history.{{ name }} is null and newest.{{ name }} is not null) {%- if not loop.last %} or{% endif %}
                {%- endfor %}
                then 'filled_from_record'
            else 'dated_history'
        end as staff_basis
    from history
    left join newest on history.user_id = newest.user_id

),

from_versions as (

    select
        user_id,
        version_at as valid_from,
        coalesce(
            lead(version_at) over (partition by user_id order by version_number asc nulls first),
            {{ end_of_time() }}
        ) as valid_to,
        raw_role,
        team,
        segment,
        territory,
        manager_id,
        'user_record' as staff_basis
    from {{ ref('int_user_versions') }}
    where user_id not in (select history.user_id from history)

),

dated as (

    select * from from_history where valid_from < valid_to
    union all
    select * from from_versions where valid_from < valid_to

),

first_known as (

    select * from dated
    qualify row_number() over (partition by user_id order by valid_from asc nulls first) = 1

),

tiled as (

    select user_id, valid_from, valid_to, raw_role, team, segment, territory, manager_id, staff_basis
    from dated
    union all
    select
        user_id,
        {{ beginning_of_time() }} as valid_from,
        valid_from as valid_to,
        raw_role, team, segment, territory, manager_id,
        'first_known' as staff_basis
    from first_known

)

select
    tiled.user_id,
    tiled.valid_from,
    tiled.valid_to,
    tiled.raw_role,
    coalesce(roles.role, 'other') as role,
    coalesce(roles.is_ae, false) as is_ae,
    coalesce(roles.is_sdr, false) as is_sdr,
    coalesce(tiled.team, roles.team) as team,
    coalesce(tiled.segment, roles.segment) as segment,
    coalesce(tiled.territory, roles.territory) as territory,
    tiled.manager_id,
    tiled.staff_basis
from tiled
left join {{ ref('roles') }} as roles on lower(trim(tiled.raw_role)) = lower(trim(roles.raw_role))
