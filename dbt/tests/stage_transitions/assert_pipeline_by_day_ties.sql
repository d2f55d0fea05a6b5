-- A row means that the pipeline by day is not, for an owner, what coverage shows as open as of as_of, or not what the waterfall closes
-- at in the end of a week, month or quarter. What coverage has no row for (closing after its last period) is taken from
-- pipeline_as_of, and so is what it counts although it was deleted then, since it was undeleted after as_of.
with settings as (

    select as_of_date, as_of_at from {{ ref('int_run_settings') }}

),

shown as (

    select
        by_day.owner_id,
        periods.period_grain,
        periods.period_id,
        sum(by_day.open_amount_total) as amount,
        sum(by_day.open_amount_qualified) as qualified_amount,
        sum(by_day.n_open_total) as n
    from {{ ref('agg_pipeline_by_day') }} as by_day
    cross join settings
    inner join (
        select period_grain, period_id, ends_on from {{ ref('int_pipeline_periods') }}
        union all
        select 'coverage' as period_grain, 'as_of' as period_id, asked.as_of_date as ends_on from settings as asked
    ) as periods
        on by_day.valid_from <= least(periods.ends_on, settings.as_of_date)
        and by_day.valid_to > least(periods.ends_on, settings.as_of_date)
    group by by_day.owner_id, periods.period_grain, periods.period_id

),

expected as (

    select
        member as owner_id,
        period_grain,
        period_id,
        case when basis = 'total' then closing_amount else 0 end as amount,
        case when basis = 'qualified' then closing_amount else 0 end as qualified_amount,
        case when basis = 'total' then n_closing else 0 end as n
    from {{ ref('fct_pipeline_waterfall') }}
    where dimension = 'owner' and close_window = 'all'
    union all
    select
        covered.ae_id as owner_id,
        'coverage' as period_grain,
        'as_of' as period_id,
        covered.open_amount_total
        + case when periods.horizon = 0 then covered.overdue_amount_total + covered.undated_amount_total else 0 end as amount,
        null as qualified_amount,
        covered.n_open_total + case when periods.horizon = 0 then covered.n_overdue + covered.n_undated else 0 end as n
    from {{ ref('int_ae_open_pipeline') }} as covered
    inner join {{ ref('int_coverage_periods') }} as periods on covered.fiscal_period_id = periods.fiscal_period_id
    where periods.horizon >= 0
    union all
    select open_deals.owner_id, 'coverage' as period_grain, 'as_of' as period_id, open_deals.amount, null as qualified_amount, 1 as n
    from {{ pipeline_as_of('(select settings.as_of_at from settings)') }} as open_deals
    where open_deals.close_date > (select max(periods.ends_on) from {{ ref('int_coverage_periods') }} as periods)
    union all
    select
        coalesce(states.owner_id, '(unassigned)') as owner_id, 'coverage' as period_grain, 'as_of' as period_id,
        -coalesce(states.amount, 0) as amount, null as qualified_amount, -1 as n
    from {{ ref('int_opportunity_states') }} as states
    inner join settings on states.valid_from < settings.as_of_at and states.valid_to >= settings.as_of_at
    inner join {{ ref('int_opportunities') }} as opportunities
        on states.opportunity_id = opportunities.opportunity_id
        and (opportunities.deleted_at is null or opportunities.deleted_at >= settings.as_of_at)
    inner join {{ ref('int_stage_visits') }} as visits
        on states.opportunity_id = visits.opportunity_id
        and visits.entered_at < settings.as_of_at
        and coalesce(visits.exited_at, {{ end_of_time() }}) >= settings.as_of_at
        and visits.is_open
        and visits.is_pipeline
    where
        states.is_deleted
        and (
            states.close_date is null
            or states.close_date <= (select max(periods.ends_on) from {{ ref('int_coverage_periods') }} as periods)
        )

),

compared as (

    select owner_id, period_grain, period_id, amount, qualified_amount, n from shown
    union all
    select owner_id, period_grain, period_id, -amount as amount, -qualified_amount as qualified_amount, -n as n from expected

)

select
    owner_id,
    period_grain,
    period_id,
    sum(amount) as missing_amount,
    sum(qualified_amount) as missing_qualified_amount,
    sum(n) as missing_n
from compared
group by owner_id, period_grain, period_id
having
    sum(amount) <> 0
    or sum(n) <> 0
    or (period_grain <> 'coverage' and sum(qualified_amount) <> 0)
