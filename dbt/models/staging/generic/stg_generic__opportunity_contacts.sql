with source as (

    select * from {{ source('generic', 'generic__opportunity_contacts') }}

),

renamed as (

    select
        opportunity_id,
        contact_id,
        role,
        is_primary,
        {{ instant('created_at') }} as created_at,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
