with source as (

    select * from {{ source('generic', 'generic__campaigns') }}

),

renamed as (

    select
        campaign_id,
        campaign_name,
        campaign_type,
        channel,
        starts_on,
        ends_on,
        budget_amount,
        actual_cost,
        currency,
        created_at,
        modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
