with source as (

    select * from {{ source('generic', 'generic__users') }}

),

renamed as (

    select
        user_id,
        user_name,
        email,
        role,
        team,
        segment,
        territory,
        manager_id,
        started_on,
        ended_on,
        created_at,
        modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
