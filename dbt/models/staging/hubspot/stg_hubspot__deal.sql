with source as (

    select * from {{ source('hubspot', 'hubspot__deal') }}

),

renamed as (

    select
        deal_id,
        deal_pipeline_id as pipeline_id,
        deal_pipeline_stage_id as stage_id,
        owner_id,
        property_dealname as deal_name,
        property_amount as amount,
        property_deal_currency_code as currency,
        {{ local_day('property_closedate') }} as close_date,
        {{ told_instant('property_closedate') }} as closedate_at,
        {{ instant('property_createdate') }} as created_at,
        property_hs_created_by_user_id as created_by_user_id,
        property_dealtype as deal_type,
        property_closed_lost_reason as loss_reason,
        property_hs_next_step as next_step,
        property_hs_deal_stage_probability as stage_probability,
        property_hs_is_closed as is_closed,
        property_hs_is_closed_won as is_won,
        property_hs_manual_forecast_category as forecast_category,
        property_hs_exchange_rate as exchange_rate,
        property_hs_merged_object_ids as merged_deal_ids,
        property_deal_source as deal_source,
        property_campaign as campaign_id,
        {{ instant('property_hs_lastmodifieddate') }} as modified_at,
        {{ instant('archived_at') }} as archived_at,
{{ record_meta() }}
    from source

)

select * from renamed
