with source as (

    select * from {{ source('salesforce', 'salesforce__dated_conversion_rate') }}

),

renamed as (

    select
        id as dated_conversion_rate_id,
        iso_code,
        conversion_rate,
        {{ local_day('start_date') }} as starts_on,
        {{ local_day('next_start_date') }} as next_starts_on,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
