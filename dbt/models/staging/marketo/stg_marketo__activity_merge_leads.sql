with source as (

    select * from {{ source('marketo', 'marketo__activity_merge_leads') }}

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
        merge_ids,
        merge_source,
        merged_in_sales as is_merged_in_sales,
        master_updated as is_master_updated,
{{ record_meta() }}
    from source

)

select * from renamed
