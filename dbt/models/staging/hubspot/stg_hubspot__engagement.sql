with source as (

    select * from {{ source('hubspot', 'hubspot__engagement') }}

),

renamed as (

    select
        id as engagement_id,
        type as engagement_type,
        timestamp as happened_at,
        owner_id,
        created_at,
        created_by as created_by_user_id,
        last_updated as modified_at,
        archived_at,
        call_disposition,
        call_duration as duration_milliseconds,
        status as engagement_status,
        starts_at,
        ends_at,
        task_type,
        completed_at,
{{ record_meta() }}
    from source

)

select * from renamed
