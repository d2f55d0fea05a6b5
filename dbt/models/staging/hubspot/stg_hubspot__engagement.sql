with source as (

    select * from {{ source('hubspot', 'hubspot__engagement') }}

),

renamed as (

    select
        id as engagement_id,
        type as engagement_type,
        timestamp as happened_at,
        owner_id,
        created_at,
        last_updated as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
