with source as (

    select * from {{ source('hubspot', 'hubspot__deal_contact') }}

),

renamed as (

    select
        deal_id,
        contact_id,
        type_id,
        category,
{{ record_meta() }}
    from source

)

select * from renamed
