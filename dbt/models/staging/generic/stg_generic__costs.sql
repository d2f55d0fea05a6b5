with source as (

    select * from {{ source('generic', 'generic__costs') }}

),

renamed as (

    select
        cost_id,
        campaign_id,
        channel,
        spent_on,
        amount,
        currency,
        modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
