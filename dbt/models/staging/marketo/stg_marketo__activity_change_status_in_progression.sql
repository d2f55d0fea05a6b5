with source as (

    select * from {{ source('marketo', 'marketo__activity_change_status_in_progression') }}

),

renamed as (

    select
        id as activity_id,
        {{ instant('activity_date') }} as occurred_at,
        activity_type_id,
        lead_id,
        campaign_id as smart_campaign_id,
        primary_attribute_value_id as program_id,
        primary_attribute_value as program_name,
        old_status,
        new_status,
        success as is_success,
        acquired_by as is_acquired_by,
        program_member_id,
        reason,
{{ record_meta() }}
    from source

)

select * from renamed
