with source as (

    select * from {{ source('hubspot', 'hubspot__owner') }}

),

renamed as (

    select
        owner_id,
        active_user_id as user_id,
        email,
        first_name,
        last_name,
        is_active,
        created_at,
        updated_at,
{{ record_meta() }}
    from source

)

select * from renamed
