with source as (

    select * from {{ source('hubspot', 'hubspot__role') }}

),

renamed as (

    select
        id as role_id,
        name as role_name,
{{ record_meta() }}
    from source

)

select * from renamed
