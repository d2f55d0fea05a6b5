with source as (

    select * from {{ source('generic', 'generic__touches') }}

),

renamed as (

    select
        touch_id,
        contact_id,
        lead_id,
        account_id,
        opportunity_id,
        campaign_id,
        touch_type,
        touch_status,
        channel,
        asset,
        {{ instant('touched_at') }} as touched_at,
        is_bot,
        {{ instant('modified_at') }} as modified_at,
{{ record_meta() }}
    from source

)

select * from renamed
