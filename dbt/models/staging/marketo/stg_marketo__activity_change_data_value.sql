with source as (

    select * from {{ source('marketo', 'marketo__activity_change_data_value') }}

),

renamed as (

    select
        id as activity_id,
        activity_date as occurred_at,
        activity_type_id,
        lead_id,
        campaign_id as smart_campaign_id,
        primary_attribute_value_id as lead_field_id,
        primary_attribute_value as lead_field_name,
        old_value,
        new_value,
        api_method_name,
        modifying_user,
        reason,
        request_id,
        source as change_source,
{{ record_meta() }}
    from source

)

select * from renamed
