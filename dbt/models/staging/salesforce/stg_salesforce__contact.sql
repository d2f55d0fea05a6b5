with source as (

    select * from {{ source('salesforce', 'salesforce__contact') }}

),

renamed as (

    select
        id as contact_id,
        account_id,
        master_record_id,
        name as contact_name,
        email,
        lead_source,
        {{ instant('created_date') }} as created_at,
        created_by_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
