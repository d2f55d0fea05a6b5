with source as (

    select * from {{ source('salesforce', 'salesforce__account') }}

),

renamed as (

    select
        id as account_id,
        name as account_name,
        parent_id,
        master_record_id,
        type as account_type,
        industry,
        segment,
        territory,
        website,
        owner_id,
        {{ instant('created_date') }} as created_at,
        created_by_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
