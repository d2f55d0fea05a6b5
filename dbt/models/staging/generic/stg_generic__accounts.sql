with source as (

    select * from {{ source('generic', 'generic__accounts') }}

),

renamed as (

    select
        account_id,
        account_name,
        parent_account_id,
        segment,
        industry,
        territory,
        email_domain,
        owner_id,
        {{ instant('created_at') }} as created_at,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
