with source as (

    select * from {{ source('generic', 'generic__contacts') }}

),

renamed as (

    select
        contact_id,
        account_id,
        email,
        full_name,
        source,
        {{ instant('created_at') }} as created_at,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
