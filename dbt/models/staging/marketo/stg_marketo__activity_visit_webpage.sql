with source as (

    select * from {{ source('marketo', 'marketo__activity_visit_webpage') }}

),

renamed as (

    select
        id as activity_id,
        {{ instant('activity_date') }} as occurred_at,
        activity_type_id,
        lead_id,
        campaign_id as smart_campaign_id,
        primary_attribute_value_id as page_id,
        primary_attribute_value as page_name,
        webpage_url,
        query_parameters,
        referrer_url,
        search_engine,
        search_query,
        client_ip_address,
        user_agent,
{{ record_meta() }}
    from source

)

select * from renamed
