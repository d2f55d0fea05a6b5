with source as (

    select * from {{ source('hubspot', 'hubspot__engagement_task') }}

),

renamed as (

    select
        engagement_id,
        {{ instant('property_hs_timestamp') }} as happened_at,
        {{ instant('property_hs_createdate') }} as created_at,
        {{ instant('property_hs_lastmodifieddate') }} as modified_at,
        property_hubspot_owner_id as owner_id,
        property_hs_created_by_user_id as created_by_user_id,
        property_hs_task_type as task_type,
        property_hs_task_status as task_status,
        {{ instant('property_hs_task_completion_date') }} as completed_at,
        {{ instant('archived_at') }} as archived_at,
{{ record_meta() }}
    from source

)

select * from renamed
