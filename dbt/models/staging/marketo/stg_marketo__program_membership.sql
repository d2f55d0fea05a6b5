with source as (

    select * from {{ source('marketo', 'marketo__program_membership') }}

),

renamed as (

    select
        id as program_membership_id,
        program_id,
        lead_id,
        status as member_status,
        reached_success,
        {{ instant('reached_success_date') }} as reached_success_at,
        {{ instant('membership_date') }} as member_since_at,
        {{ instant('created_at') }} as created_at,
        {{ instant('updated_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
