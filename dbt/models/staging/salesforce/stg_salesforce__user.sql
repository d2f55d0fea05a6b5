with source as (

    select * from {{ source('salesforce', 'salesforce__user') }}

),

renamed as (

    select
        id as user_id,
        name as user_name,
        email,
        username,
        user_role_id,
        manager_id,
        department,
        division,
        title,
        is_active,
        {{ local_day('start_date') }} as started_on,
        {{ instant('created_date') }} as created_at,
        {{ instant('system_modstamp') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
