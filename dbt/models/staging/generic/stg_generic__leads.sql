with source as (

    select * from {{ source('generic', 'generic__leads') }}

),

renamed as (

    select
        lead_id,
        email,
        full_name,
        company,
        source,
        status,
        owner_id,
        {{ instant_after('converted_at', 'created_at') }} as converted_at,
        converted_account_id,
        converted_contact_id,
        converted_opportunity_id,
        {{ instant('created_at') }} as created_at,
        created_by_id,
        {{ instant('modified_at') }} as modified_at,
        modified_by_id,
{{ record_meta() }}
    from source

)

select * from renamed
