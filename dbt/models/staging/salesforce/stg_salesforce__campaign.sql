with source as (

    select * from {{ source('salesforce', 'salesforce__campaign') }}

),

renamed as (

    select
        id as campaign_id,
        name as campaign_name,
        type as campaign_type,
        status as campaign_status,
        {{ local_day('start_date') }} as starts_on,
        {{ local_day('end_date') }} as ends_on,
        budgeted_cost,
        actual_cost,
        currency_iso_code,
        owner_id,
        {{ instant('created_date') }} as created_at,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
