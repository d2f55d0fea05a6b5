with source as (

    select * from {{ source('generic', 'generic__opportunities') }}

),

renamed as (

    select
        opportunity_id,
        opportunity_name,
        pipeline_id,
        stage,
        amount,
        currency,
        {{ local_day('close_date') }} as close_date,
        case when {{ told_as_day('closed_at') }} then {{ at_local_day_end('closed_at') }} else closed_at end as closed_at,
        is_closed,
        is_won,
        owner_id,
        account_id,
        lead_id,
        source,
        primary_campaign_id,
        forecast_category,
        probability,
        opportunity_type,
        loss_reason,
        next_step,
        is_deleted,
        {{ instant('created_at') }} as created_at,
        created_by_id,
        {{ instant('modified_at') }} as modified_at,
        modified_by_id,
{{ record_meta() }}
    from source

)

select * from renamed
