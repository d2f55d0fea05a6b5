with source as (

    select * from {{ source('salesforce', 'salesforce__opportunity_contact_role') }}

),

renamed as (

    select
        id as opportunity_contact_role_id,
        opportunity_id,
        contact_id,
        role,
        is_primary,
        {{ instant('created_date') }} as created_at,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
