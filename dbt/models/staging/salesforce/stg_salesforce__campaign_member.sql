with source as (

    select * from {{ source('salesforce', 'salesforce__campaign_member') }}

),

renamed as (

    select
        id as campaign_member_id,
        campaign_id,
        lead_id,
        contact_id,
        status as campaign_member_status,
        has_responded,
        {{ instant_after('first_responded_date', 'created_date') }} as first_responded_at,
        {{ instant('created_date') }} as created_at,
        created_by_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
