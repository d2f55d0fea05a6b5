with source as (

    select * from {{ source('marketo', 'marketo__activity_unsubscribe_email') }}

),

renamed as (

    select
        id as activity_id,
        activity_date as occurred_at,
        activity_type_id,
        lead_id,
        campaign_id as smart_campaign_id,
        campaign_run_id,
        email_template_id,
        primary_attribute_value_id,
        primary_attribute_value,
        form_fields,
        webform_id,
        webpage_id,
        query_parameters,
        referrer_url,
        client_ip_address,
        user_agent,
{{ record_meta() }}
    from source

)

select * from renamed
