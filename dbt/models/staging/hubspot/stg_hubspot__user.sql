with source as (

    select * from {{ source('hubspot', 'hubspot__users') }}

),

renamed as (

    select
        id as user_id,
        role_id,
        primary_team_id as team_id,
        email,
        first_name,
        last_name,
{{ record_meta() }}
    from source

)

select * from renamed
