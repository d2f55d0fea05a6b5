with source as (

    select * from {{ source('generic', 'generic__opportunity_splits') }}

),

renamed as (

    select
        opportunity_id,
        user_id,
        split_percentage,
        modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
