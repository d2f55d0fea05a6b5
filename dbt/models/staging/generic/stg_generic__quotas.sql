with source as (

    select * from {{ source('generic', 'generic__quotas') }}

),

renamed as (

    select
        user_id,
        period_type,
        period_start,
        quota_amount,
        currency,
        modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
