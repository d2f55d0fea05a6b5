with source as (

    select * from {{ source('salesforce', 'salesforce__opportunity_history') }}

),

renamed as (

    select
        id as opportunity_history_id,
        opportunity_id,
        stage_name,
        amount,
        currency_iso_code,
        expected_revenue,
        {{ local_day('close_date') }} as close_date,
        probability,
        forecast_category,
        {{ instant('created_date') }} as created_at,
        created_by_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
