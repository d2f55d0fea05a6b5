with source as (

    select * from {{ source('salesforce', 'salesforce__event_relation') }}

),

renamed as (

    select
        id as event_relation_id,
        event_id,
        relation_id,
        is_invitee,
        is_parent,
        is_what,
        status as event_relation_status,
        {{ instant('created_date') }} as created_at,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
