with source as (

    select * from {{ source('salesforce', 'salesforce__opportunity_split') }}

),

renamed as (

    select
        id as opportunity_split_id,
        opportunity_id,
        split_owner_id,
        split_percentage,
        split_amount,
        {{ instant('created_date') }} as created_at,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
