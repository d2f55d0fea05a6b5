with source as (

    select * from {{ source('marketo', 'marketo__activity_delete_lead') }}

),

renamed as (

    select
        id as activity_id,
        {{ instant('activity_date') }} as occurred_at,
        activity_type_id,
        lead_id,
        campaign_id as smart_campaign_id,
        primary_attribute_value_id,
        primary_attribute_value,
        campaign as smart_campaign_name,
{{ record_meta() }}
    from source

)

select * from renamed
