with source as (

    select * from {{ source('hubspot', 'hubspot__engagement_company') }}

),

renamed as (

    select
        engagement_id,
        company_id,
        type_id,
        category,
{{ record_meta() }}
    from source

)

select * from renamed
