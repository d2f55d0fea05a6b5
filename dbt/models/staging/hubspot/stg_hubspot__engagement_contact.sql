with source as (

    select * from {{ source('hubspot', 'hubspot__engagement_contact') }}

),

renamed as (

    select
        engagement_id,
        contact_id,
        type_id,
        category,
{{ record_meta() }}
    from source

)

select * from renamed
