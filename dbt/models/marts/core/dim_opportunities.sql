with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

opportunities as (

    select
        opportunities.*,
        settings.as_of_at
    from {{ ref('int_opportunities') }} as opportunities
    cross join settings
    where
        opportunities.life_start_at < settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

states as (

    select states.*
    from {{ ref('int_opportunity_states') }} as states
    cross join settings
    where states.valid_from < settings.as_of_at and states.valid_to >= settings.as_of_at

),

visits as (

    select
        opportunity_id,
        count(*) as visit_count,
        max(case when is_current then visit_number end) as current_visit_number,
        max(case when is_current then entered_at end) as stage_entered_at
    from {{ ref('fct_stage_visits') }}
    group by opportunity_id

),

-- The closing that holds as of as_of, as in every mart: a deal that was lost and then declared won closed anew.
closings as (

    select outcomes.*
    from {{ ref('int_opportunity_outcomes') }} as outcomes
    inner join settings
        on outcomes.closed_at < settings.as_of_at
        and outcomes.ended_at >= settings.as_of_at

),

currencies as (

    select opportunity_id, min(changed_at) as currency_told_at
    from {{ ref('int_opportunity_changes') }}
    where field = 'currency' and new_value is not null
    group by opportunity_id

),

current_visits as (

    select * from {{ ref('fct_stage_visits') }} where is_current

),

joined as (

    select
        opportunities.opportunity_id,
        opportunities.source_name,
        opportunities.account_id,
        opportunities.lead_id,
        opportunities.opportunity_type,
        states.pipeline_id,
        states.stage,
        current_visits.stage_order,
        current_visits.phase,
        coalesce(current_visits.is_open, true) as is_open,
        coalesce(current_visits.is_pipeline, false) as is_pipeline,
        coalesce(current_visits.is_qualified, false) as is_qualified,
        coalesce(current_visits.is_won, false) as is_won,
        not coalesce(current_visits.is_open, true) and not coalesce(current_visits.is_won, false) as is_lost,
        states.amount,
        states.amount_original,
        states.currency,
        case when currencies.currency_told_at < opportunities.as_of_at then 'told' else 'reporting_currency' end as currency_basis,
        states.close_date,
        states.forecast_category,
        states.owner_id,
        states.claimed_source,
        states.primary_campaign_id,
        states.loss_reason,
        opportunities.created_at,
        opportunities.created_by_id,
        opportunities.life_start_at,
        opportunities.is_start_known,
        case when opportunities.pipeline_at < opportunities.as_of_at then opportunities.pipeline_at end as pipeline_at,
        case when opportunities.qualified_at < opportunities.as_of_at then opportunities.qualified_at end as qualified_at,
        visits.stage_entered_at,
        closings.closed_at,
        closings.closing_basis,
        case when opportunities.first_closed_at < opportunities.as_of_at then opportunities.first_closed_at end as first_closed_at,
        case when opportunities.qualified_at < opportunities.as_of_at then opportunities.bar_basis end as bar_basis,
        coalesce(visits.visit_count, 0) as visit_count,
        opportunities.as_of_at
        {{- lifted_columns('opportunities', prefix='states.', is_published=true) }}
    from opportunities
    left join states on opportunities.opportunity_id = states.opportunity_id
    left join visits on opportunities.opportunity_id = visits.opportunity_id
    left join currencies on opportunities.opportunity_id = currencies.opportunity_id
    left join current_visits on opportunities.opportunity_id = current_visits.opportunity_id
    left join closings on opportunities.opportunity_id = closings.opportunity_id

)

select
    joined.opportunity_id,
    joined.source_name,
    joined.account_id,
    joined.lead_id,
    joined.opportunity_type,
    joined.pipeline_id,
    joined.stage,
    joined.stage_order,
    joined.phase,
    joined.is_open,
    joined.is_pipeline,
    joined.is_qualified,
    joined.is_won,
    joined.is_lost,
    joined.amount,
    joined.amount_original,
    joined.currency,
    joined.currency_basis,
    case when joined.is_won then {{ money('joined.amount_original * close_rates.rate_to_reporting') }} end as won_amount_close_rate,
    joined.close_date,
    joined.forecast_category,
    joined.owner_id,
    owners.role as owner_role,
    owners.team as owner_team,
    owners.segment as owner_segment,
    owners.territory as owner_territory,
    owners.staff_basis as owner_basis,
    joined.claimed_source,
    coalesce(claimed.sourcing_function, 'unknown') as claimed_function,
    sources.original_claimed_source,
    sources.original_claimed_function,
    sources.evidence_function,
    sources.evidence_parent,
    sources.evidence_confidence,
    sources.evidence_kind,
    sources.creator_id,
    sources.creator_role,
    joined.primary_campaign_id,
    joined.loss_reason,
    reasons.reason_class as loss_reason_class,
    joined.created_at,
    joined.life_start_at,
    joined.is_start_known,
    periods.fiscal_period_id as created_fiscal_period_id,
    joined.pipeline_at,
    joined.qualified_at,
    joined.stage_entered_at,
    joined.bar_basis,
    joined.closed_at,
    joined.closing_basis,
    joined.first_closed_at,
    case when joined.is_won and joined.is_start_known then {{ fractional_days('joined.life_start_at', 'joined.closed_at') }} end
        as won_cycle_days,
    case when joined.is_won then {{ fractional_days('joined.qualified_at', 'joined.closed_at') }} end as won_qualified_cycle_days,
    cast(joined.visit_count as bigint) as visit_count
    {{- lifted_columns('opportunities', prefix='joined.', is_published=true) }}
from joined
left join {{ ref('int_user_intervals') }} as owners
    on joined.owner_id = owners.user_id
    and joined.as_of_at > owners.valid_from
    and joined.as_of_at <= owners.valid_to
left join {{ ref('int_fx_rates') }} as close_rates
    on joined.currency = close_rates.currency
    and {{ local_date('joined.closed_at') }} >= close_rates.valid_from
    and {{ local_date('joined.closed_at') }} < close_rates.valid_to
left join {{ ref('source_taxonomy') }} as claimed
    on lower(trim(joined.claimed_source)) = lower(trim(claimed.claimed_source))
left join {{ ref('int_opportunity_sources') }} as sources on joined.opportunity_id = sources.opportunity_id
left join {{ ref('loss_reasons') }} as reasons on lower(trim(joined.loss_reason)) = lower(trim(reasons.loss_reason))
left join {{ ref('int_fiscal_periods') }} as periods
    on joined.life_start_at >= periods.starts_at
    and joined.life_start_at < periods.ends_at
