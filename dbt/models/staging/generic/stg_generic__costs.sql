with source as (

    select * from {{ source('generic', 'generic__costs') }}

),

renamed as (

    select
        cost_id,
        campaign_id,
        channel,
        {{ local_day('spent_on') }} as spent_on,
        amount,
        currency,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
