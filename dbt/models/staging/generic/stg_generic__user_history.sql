with source as (

    select * from {{ source('generic', 'generic__user_history') }}

),

renamed as (

    select
        user_id,
        {{ instant('valid_from') }} as valid_from,
        {{ instant('valid_to') }} as valid_to,
        role,
        team,
        segment,
        territory,
        manager_id,
{{ record_meta() }}
    from source

)

select * from renamed
