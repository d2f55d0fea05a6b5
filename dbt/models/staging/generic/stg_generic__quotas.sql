with source as (

    select * from {{ source('generic', 'generic__quotas') }}

),

renamed as (

    select
        user_id,
        period_type,
        {{ local_day('period_start') }} as period_start,
        quota_amount,
        currency,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
