with source as (

    select * from {{ source('hubspot', 'hubspot__engagement') }}

),

renamed as (

    select
        id as engagement_id,
        type as engagement_type,
        {{ instant('timestamp') }} as happened_at,
        owner_id,
        {{ instant('created_at') }} as created_at,
        created_by as created_by_user_id,
        {{ instant('last_updated') }} as modified_at,
        {{ instant('archived_at') }} as archived_at,
        call_disposition,
        call_duration as duration_milliseconds,
        status as engagement_status,
        {{ instant('starts_at') }} as starts_at,
        {{ instant('ends_at') }} as ends_at,
        task_type,
        {{ instant('completed_at') }} as completed_at,
{{ record_meta() }}
    from source

)

select * from renamed
