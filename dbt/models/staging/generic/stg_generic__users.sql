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
        {{ local_day('started_on') }} as started_on,
        {{ local_day('ended_on') }} as ended_on,
        {{ instant('created_at') }} as created_at,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
