with source as (

    select * from {{ source('marketo', 'marketo__program') }}

),

renamed as (

    select
        id as program_id,
        name as program_name,
        channel,
        type as program_type,
        status as program_status,
        cast(start_date as date) as starts_on,
        cast(end_date as date) as ends_on,
        sfdc_id,
        sfdc_name,
        description,
        url,
        workspace,
        created_at,
        updated_at as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
