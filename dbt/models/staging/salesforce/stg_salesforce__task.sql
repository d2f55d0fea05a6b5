with source as (

    select * from {{ source('salesforce', 'salesforce__task') }}

),

renamed as (

    select
        id as task_id,
        who_id,
        what_id,
        account_id,
        owner_id,
        subject,
        description,
        status as task_status,
        type as task_type,
        task_subtype,
        {{ local_day('activity_date') }} as activity_on,
        {{ instant('completed_date_time') }} as completed_at,
        call_type,
        call_disposition,
        call_duration_in_seconds,
        is_closed,
        {{ instant('created_date') }} as created_at,
        created_by_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
