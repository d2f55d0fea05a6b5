with source as (

    select * from {{ source('marketo', 'marketo__lead_describe') }}

),

renamed as (

    select
        id as lead_field_id,
        data_type,
        display_name,
        length,
        restname,
        restread_only,
        soapname,
        soapread_only,
{{ record_meta() }}
    from source

)

select * from renamed
