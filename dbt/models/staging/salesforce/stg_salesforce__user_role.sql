with source as (

    select * from {{ source('salesforce', 'salesforce__user_role') }}

),

renamed as (

    select
        id as user_role_id,
        name as user_role_name,
        developer_name,
        parent_role_id,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
