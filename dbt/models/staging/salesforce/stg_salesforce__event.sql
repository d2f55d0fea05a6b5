with source as (

    select * from {{ source('salesforce', 'salesforce__event') }}

),

renamed as (

    select
        id as event_id,
        who_id,
        what_id,
        account_id,
        owner_id,
        subject,
        description,
        type as event_type,
        event_subtype,
        outcome,
        {{ instant('start_date_time') }} as starts_at,
        {{ instant('end_date_time') }} as ends_at,
        {{ instant('activity_date_time') }} as activity_at,
        duration_in_minutes,
        who_count,
        {{ instant('created_date') }} as created_at,
        created_by_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
