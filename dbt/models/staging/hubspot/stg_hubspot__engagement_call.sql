with source as (

    select * from {{ source('hubspot', 'hubspot__engagement_call') }}

),

renamed as (

    select
        engagement_id,
        {{ instant('property_hs_timestamp') }} as happened_at,
        {{ instant('property_hs_createdate') }} as created_at,
        {{ instant('property_hs_lastmodifieddate') }} as modified_at,
        property_hubspot_owner_id as owner_id,
        property_hs_created_by_user_id as created_by_user_id,
        property_hs_call_direction as call_direction,
        property_hs_call_disposition as call_disposition,
        property_hs_call_duration as duration_milliseconds,
        property_hs_call_status as call_status,
        {{ instant('archived_at') }} as archived_at,
{{ record_meta() }}
    from source

)

select * from renamed
