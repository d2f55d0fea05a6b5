{#- Every opportunity that became pipeline and ended by as_of, once: won, lost, or deleted (which the marts per opportunity leave
    out, and padding would hide in), with the windows that its end lies in. -#}
{{ config(materialized='view') }}

with settings as (

    select as_of_date, as_of_at from {{ ref('int_run_settings') }}

),

current_period as (

    select
        periods.starts_at,
        {{ start_of_day(add_months_to('periods.starts_on', -12)) }} as trailing_starts_at
    from {{ ref('int_fiscal_periods') }} as periods
    inner join settings on settings.as_of_date between periods.starts_on and periods.ends_on

),

ended as (

    select
        opportunities.opportunity_id,
        case
            when opportunities.deleted_at < settings.as_of_at then 'deleted'
            else outcomes.outcome
        end as outcome,
        case
            when opportunities.deleted_at < settings.as_of_at then opportunities.deleted_at
            else outcomes.closed_at
        end as ended_at,
        outcomes.qualified_at is not null as is_qualified,
        -- Assumed to have been pipeline and past the bar: nothing tells of its way, or its pipeline has no bar.
        coalesce(outcomes.is_assumed, opportunities.bar_basis in ('assumed', 'no_bar'), false) as is_assumed,
        outcomes.amount_at_bar
    from {{ ref('int_opportunities') }} as opportunities
    cross join settings
    left join {{ ref('int_opportunity_outcomes') }} as outcomes
        on opportunities.opportunity_id = outcomes.opportunity_id
        and outcomes.closed_at < settings.as_of_at
        and outcomes.ended_at >= settings.as_of_at
    where
        opportunities.pipeline_at < settings.as_of_at
        and (outcomes.outcome is not null or opportunities.deleted_at < settings.as_of_at)
        and coalesce(opportunities.merged_at >= settings.as_of_at, true)

)

select
    ended.opportunity_id,
    ended.outcome,
    ended.ended_at,
    ended.is_qualified and ended.outcome <> 'deleted' as is_closed_qualified,
    ended.outcome = 'won' as is_won,
    ended.is_assumed,
    ended.amount_at_bar,
    ended.ended_at >= current_period.starts_at as is_this_quarter,
    ended.ended_at >= current_period.trailing_starts_at and ended.ended_at < current_period.starts_at as is_trailing_4_quarters
from ended
cross join current_period
