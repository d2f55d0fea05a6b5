with source as (

    select * from {{ source('salesforce', 'salesforce__opportunity') }}

),

renamed as (

    select
        id as opportunity_id,
        account_id,
        name as opportunity_name,
        stage_name,
        amount,
        currency_iso_code,
        probability,
        {{ local_day('close_date') }} as close_date,
        type as opportunity_type,
        next_step,
        lead_source,
        is_closed,
        is_won,
        forecast_category,
        forecast_category_name,
        campaign_id,
        owner_id,
        record_type_id,
        loss_reason,
        is_deleted,
        {{ instant('last_stage_change_date') }} as stage_entered_at,
        {{ instant('created_date') }} as created_at,
        created_by_id,
        {{ instant('last_modified_date') }} as last_modified_at,
        last_modified_by_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
