with source as (

    select * from {{ source('salesforce', 'salesforce__opportunity_stage') }}

),

renamed as (

    select
        id as opportunity_stage_id,
        api_name,
        master_label,
        sort_order,
        is_active,
        is_closed,
        is_won,
        default_probability,
        forecast_category,
        forecast_category_name,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
