with source as (

    select * from {{ source('marketo', 'marketo__activity_fill_out_form') }}

),

renamed as (

    select
        id as activity_id,
        {{ instant('activity_date') }} as occurred_at,
        activity_type_id,
        lead_id,
        campaign_id as smart_campaign_id,
        primary_attribute_value_id as form_id,
        primary_attribute_value as form_name,
        form_fields,
        webpage_id,
        query_parameters,
        referrer_url,
        client_ip_address,
        user_agent,
{{ record_meta() }}
    from source

)

select * from renamed
