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
        {{ local_date(instant('start_date')) }} as starts_on,
        {{ local_date(instant('end_date')) }} as ends_on,
        sfdc_id,
        sfdc_name,
        description,
        url,
        workspace,
        {{ instant('created_at') }} as created_at,
        {{ instant('updated_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
