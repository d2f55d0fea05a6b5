with source as (

    select * from {{ source('hubspot', 'hubspot__engagement_deal') }}

),

renamed as (

    select
        engagement_id,
        deal_id,
        type_id,
        category,
{{ record_meta() }}
    from source

)

select * from renamed
