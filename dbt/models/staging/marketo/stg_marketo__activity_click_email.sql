with source as (

    select * from {{ source('marketo', 'marketo__activity_click_email') }}

),

renamed as (

    select
        id as activity_id,
        {{ instant('activity_date') }} as occurred_at,
        activity_type_id,
        lead_id,
        campaign_id as smart_campaign_id,
        campaign_run_id,
        step_id,
        choice_number,
        email_template_id,
        primary_attribute_value_id,
        primary_attribute_value,
        device,
        platform,
        user_agent,
        is_mobile_device,
        is_bot_activity,
        bot_activity_pattern,
        link,
{{ record_meta() }}
    from source

)

select * from renamed
