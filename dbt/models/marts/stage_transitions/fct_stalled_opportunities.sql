with settings as (

    select as_of_date from {{ ref('int_run_settings') }}

),

-- By what was won when the quarter of as_of began, so that a threshold stands for a quarter.
thresholds as (

    select
        times.pipeline_id,
        times.stage,
        {{ quantile('times.days_in_stage', 0.9) }} as p90_won_days,
        count(times.days_in_stage) as n_won
    from {{ ref('int_stage_times') }} as times
    inner join {{ ref('int_opportunity_closings') }} as closings on times.opportunity_id = closings.opportunity_id
    inner join settings on closings.closed_at < {{ start_of_day(fiscal_quarter_start('settings.as_of_date')) }}
    where closings.outcome = 'won' and times.completeness = 'complete'
    group by times.pipeline_id, times.stage

)

select
    times.opportunity_id,
    times.pipeline_id,
    times.stage,
    opportunities.stage_order,
    opportunities.is_pipeline,
    opportunities.is_qualified,
    times.last_entered_at as stage_entered_at,
    times.n_visits as n_visits_of_stage,
    times.days_in_stage,
    times.days_in_current_visit,
    thresholds.p90_won_days,
    cast(thresholds.n_won as bigint) as n_won_behind,
    {{ round_significant('times.days_in_stage - thresholds.p90_won_days') }} as days_past_p90,
    opportunities.amount,
    opportunities.close_date,
    opportunities.owner_id,
    opportunities.owner_team,
    opportunities.owner_segment,
    opportunities.owner_basis,
    opportunities.claimed_function,
    opportunities.evidence_function
from {{ ref('int_stage_times') }} as times
inner join thresholds
    on times.pipeline_id = thresholds.pipeline_id
    and times.stage = thresholds.stage
    and times.days_in_stage > thresholds.p90_won_days
inner join {{ ref('dim_opportunities') }} as opportunities on times.opportunity_id = opportunities.opportunity_id
where times.is_current
