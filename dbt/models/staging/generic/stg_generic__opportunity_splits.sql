with source as (

    select * from {{ source('generic', 'generic__opportunity_splits') }}

),

renamed as (

    select
        opportunity_id,
        user_id,
        split_percentage,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
