with source as (

    select * from {{ source('salesforce', 'salesforce__lead_history') }}

),

renamed as (

    select
        id as lead_history_id,
        lead_id,
        field,
        old_value,
        new_value,
        {{ instant('created_date') }} as created_at,
        created_by_id,
{{ record_meta() }}
    from source

)

select * from renamed
