with source as (

    select * from {{ source('generic', 'generic__activities') }}

),

renamed as (

    select
        activity_id,
        activity_type,
        direction,
        status,
        {{ instant('occurred_at') }} as occurred_at,
        {{ instant('ended_at') }} as ended_at,
        duration_seconds,
        owner_id,
        created_by_id,
        account_id,
        contact_id,
        lead_id,
        opportunity_id,
        external_attendee_count,
        {{ instant('created_at') }} as created_at,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
