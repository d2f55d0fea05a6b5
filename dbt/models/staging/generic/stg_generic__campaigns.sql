with source as (

    select * from {{ source('generic', 'generic__campaigns') }}

),

renamed as (

    select
        campaign_id,
        campaign_name,
        campaign_type,
        channel,
        {{ local_day('starts_on') }} as starts_on,
        {{ local_day('ends_on') }} as ends_on,
        budget_amount,
        actual_cost,
        currency,
        {{ instant('created_at') }} as created_at,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
