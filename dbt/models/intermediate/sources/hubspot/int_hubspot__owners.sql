{#- Which owner each HubSpot user is: records name owners, histories and creators name users. By the owner's own reference, else
    by the e-mail address that both have. -#}
with owners as (

    {{ latest_version(ref('stg_hubspot__owner')) }}

),

users as (

    {{ latest_version(ref('stg_hubspot__user')) }}

),

matched as (

    -- Of an owner who has left HubSpot tells the user in another column.
    select source_name, coalesce(user_id, user_id_including_inactive) as user_id, owner_id, 1 as match_rank
    from owners
    where coalesce(user_id, user_id_including_inactive) is not null
    union all
    select users.source_name, users.user_id, owners.owner_id, 2 as match_rank
    from users
    inner join owners
        on users.source_name = owners.source_name
        and lower(trim(users.email)) = lower(trim(owners.email))

),

single as (

    select * from matched
    qualify
        row_number() over (
            partition by source_name, user_id order by match_rank asc nulls last, owner_id asc nulls last
        ) = 1

)

select
    {{ surrogate_key(['source_name', 'user_id']) }} as hubspot_user_id,
    source_name,
    user_id,
    owner_id,
    row_number() over (
        partition by source_name, owner_id order by match_rank asc nulls last, user_id asc nulls last
    ) = 1 as is_first_of_owner
from single
