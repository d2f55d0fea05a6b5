with source as (

    select * from {{ source('hubspot', 'hubspot__merged_deal') }}

),

renamed as (

    select
        deal_id,
        merged_deal_id,
{{ record_meta() }}
    from source

)

select * from renamed
