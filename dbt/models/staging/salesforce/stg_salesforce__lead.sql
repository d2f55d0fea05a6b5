with source as (

    select * from {{ source('salesforce', 'salesforce__lead') }}

),

renamed as (

    select
        id as lead_id,
        name as lead_name,
        company,
        email,
        lead_source,
        status as lead_status,
        owner_id,
        master_record_id,
        is_converted,
        {{ instant_after('converted_date', 'created_date') }} as converted_at,
        converted_account_id,
        converted_contact_id,
        converted_opportunity_id,
        {{ instant('created_date') }} as created_at,
        created_by_id,
        last_modified_by_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
