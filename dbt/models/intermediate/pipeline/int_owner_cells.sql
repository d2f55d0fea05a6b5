{#- Team and segment of each user by date, one row per span in which neither changed; a span in which nothing says either has
    both empty. Spans tile each user's time. -#}
with intervals as (

    select user_id, valid_from, valid_to, team, segment
    from {{ ref('int_user_intervals') }}

),

gaps as (

    select
        user_id,
        valid_to as valid_from,
        coalesce(
            lead(valid_from) over (partition by user_id order by valid_from asc nulls first), {{ end_of_time() }}
        ) as valid_to,
        cast(null as varchar) as team,
        cast(null as varchar) as segment
    from intervals

),

united as (

    select * from intervals
    union all
    select * from gaps where valid_from < valid_to

),

moves as (

    select user_id, valid_from, team, segment
    from united
    qualify
        row_number() over (partition by user_id order by valid_from asc nulls first) = 1
        or team is distinct from lag(team) over (partition by user_id order by valid_from asc nulls first)
        or segment is distinct from lag(segment) over (partition by user_id order by valid_from asc nulls first)

)

select
    user_id,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by user_id order by valid_from asc nulls first), {{ end_of_time() }}
    ) as valid_to,
    team,
    segment
from moves
