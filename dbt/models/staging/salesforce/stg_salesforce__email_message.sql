with source as (

    select * from {{ source('salesforce', 'salesforce__email_message') }}

),

renamed as (

    select
        id as email_message_id,
        parent_id,
        related_to_id,
        activity_id,
        from_address,
        to_address,
        subject,
        incoming,
        status as email_message_status,
        {{ instant('message_date') }} as message_at,
        {{ instant('created_date') }} as created_at,
        created_by_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
