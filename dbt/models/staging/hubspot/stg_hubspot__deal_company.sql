with source as (

    select * from {{ source('hubspot', 'hubspot__deal_company') }}

),

renamed as (

    select
        deal_id,
        company_id,
        type_id,
        category,
{{ record_meta() }}
    from source

)

select * from renamed
