with source as (

    select * from {{ source('hubspot', 'hubspot__owner') }}

),

renamed as (

    select
        owner_id,
        row_id as owner_row_id,
        active_user_id as user_id,
        user_id_including_inactive,
        email,
        first_name,
        last_name,
        is_active,
        is_archived,
        {{ instant('created_at') }} as created_at,
        {{ instant('updated_at') }} as updated_at,
{{ record_meta() }}
    from source

)

select * from renamed
