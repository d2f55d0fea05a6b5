with source as (

    select * from {{ source('generic', 'generic__activities') }}

),

renamed as (

    select
        activity_id,
        activity_type,
        direction,
        status,
        occurred_at,
        ended_at,
        duration_seconds,
        owner_id,
        created_by_id,
        account_id,
        contact_id,
        lead_id,
        opportunity_id,
        external_attendee_count,
        created_at,
        modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
