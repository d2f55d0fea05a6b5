with source as (

    select * from {{ source('hubspot', 'hubspot__engagement_communication') }}

),

renamed as (

    select
        engagement_id,
        {{ instant('property_hs_timestamp') }} as happened_at,
        {{ instant('property_hs_createdate') }} as created_at,
        {{ instant('property_hs_lastmodifieddate') }} as modified_at,
        property_hubspot_owner_id as owner_id,
        property_hs_created_by_user_id as created_by_user_id,
        property_hs_communication_channel_type as channel_type,
        {{ instant('archived_at') }} as archived_at,
{{ record_meta() }}
    from source

)

select * from renamed
