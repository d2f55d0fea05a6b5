-- A row means that a user's managers lead back to the user, at once or over others. No figure here follows managers upwards;
-- a report that does would go in circles.
{{ config(severity='warn') }}

with recursive chains as (

    select user_id, manager_id, 1 as steps
    from {{ ref('dim_users') }}
    where manager_id is not null
    union all
    select chains.user_id, managers.manager_id, chains.steps + 1 as steps
    from chains
    inner join {{ ref('dim_users') }} as managers on chains.manager_id = managers.user_id
    where
        managers.manager_id is not null
        and chains.manager_id <> chains.user_id
        -- Whoever reports into a ring without being part of it ends here.
        and chains.steps < 20

)

select user_id, steps
from chains
where user_id = manager_id
