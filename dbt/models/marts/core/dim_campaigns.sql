with settings as (

    select as_of_at, as_of_date from {{ ref('int_run_settings') }}

),

campaigns as (

    select
        campaigns.*,
        coalesce(campaigns.starts_on, {{ local_date('campaigns.created_at') }}, settings.as_of_date) as rate_on
    from {{ ref('int_campaigns') }} as campaigns
    cross join settings
    where not campaigns.is_deleted and coalesce(campaigns.created_at < settings.as_of_at, true)

),

costs as (

    select
        costs.campaign_id,
        sum({{ money('costs.amount * rates.rate_to_reporting') }}) as amount
    from {{ ref('int_campaign_costs') }} as costs
    cross join settings
    left join {{ ref('int_fx_rates') }} as rates
        on costs.currency = rates.currency
        and costs.spent_on >= rates.valid_from
        and costs.spent_on < rates.valid_to
    where costs.spent_on <= settings.as_of_date
    group by costs.campaign_id

),

touches as (

    select
        touches.campaign_id,
        count(*) as n_touches,
        sum(case when touches.is_material and not touches.is_bot and not touches.is_internal then 1 else 0 end) as n_material_touches,
        sum(case when touches.is_bot then 1 else 0 end) as n_bot_touches,
        sum(case when touches.is_internal and not touches.is_bot then 1 else 0 end) as n_internal_touches,
        count(distinct case
            when touches.is_material and not touches.is_bot and not touches.is_internal then touches.person_id
        end) as n_people
    from {{ ref('int_touches') }} as touches
    cross join settings
    where touches.touched_at < settings.as_of_at and coalesce(touches.replaced_at >= settings.as_of_at, true)
    group by touches.campaign_id

)

select
    campaigns.campaign_id,
    campaigns.source_name,
    campaigns.campaign_name,
    campaigns.campaign_type,
    channels.channel,
    campaigns.starts_on,
    campaigns.ends_on,
    campaigns.currency,
    {{ money('campaigns.budget_amount * rates.rate_to_reporting') }} as budget_amount,
    {{ money('campaigns.actual_cost * rates.rate_to_reporting') }} as reported_cost_amount,
    cast(costs.amount as decimal(18, 2)) as dated_cost_amount,
    cast(
        coalesce(costs.amount, {{ money('campaigns.actual_cost * rates.rate_to_reporting') }}) as decimal(18, 2)
    ) as cost_amount,
    cast(coalesce(touches.n_touches, 0) as bigint) as n_touches,
    cast(coalesce(touches.n_material_touches, 0) as bigint) as n_material_touches,
    cast(coalesce(touches.n_bot_touches, 0) as bigint) as n_bot_touches,
    cast(coalesce(touches.n_internal_touches, 0) as bigint) as n_internal_touches,
    cast(coalesce(touches.n_people, 0) as bigint) as n_people
from campaigns
left join {{ ref('int_fx_rates') }} as rates
    on campaigns.currency = rates.currency
    and campaigns.rate_on >= rates.valid_from
    and campaigns.rate_on < rates.valid_to
left join costs on campaigns.campaign_id = costs.campaign_id
left join touches on campaigns.campaign_id = touches.campaign_id
left join {{ ref('int_channels') }} as channels on {{ channel_key('campaigns.channel') }} = channels.channel_key
