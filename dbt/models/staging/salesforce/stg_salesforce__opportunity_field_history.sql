with source as (

    select * from {{ source('salesforce', 'salesforce__opportunity_field_history') }}

),

renamed as (

    select
        id as opportunity_field_history_id,
        opportunity_id,
        field,
        data_type,
        old_value,
        new_value,
        {{ instant('created_date') }} as created_at,
        created_by_id,
{{ record_meta() }}
    from source

)

select * from renamed
