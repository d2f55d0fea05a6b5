{#- Each dimension by itself: a member of it, such as one source, has a row per cohort and pair of stages. -#}
{%- set cell = ['period_grain', 'period_id', 'dimension', 'member', 'pipeline_id', 'from_stage', 'to_stage'] -%}
{%- set outcomes = ['reached', 'lost', 'open', 'created_later', 'unknown_path'] -%}
{%- set members = funnel_dimensions().values() | reject('equalto', "'all'") | list -%}

with settings as (

    select as_of_date, as_of_at from {{ ref('int_run_settings') }}

),

pairs as (

    select
        pipeline_id, stage as from_stage, stage_position, next_stage as to_stage, true as is_next_step, entered_on, is_skipped,
        next_outcome as outcome, next_at as reached_at, days_to_next as days_to_reach, {{ members | join(', ') }}
    from {{ ref('fct_funnel_entries') }}
    union all
    select
        pipeline_id, stage as from_stage, stage_position, '(won)' as to_stage, false as is_next_step, entered_on, is_skipped,
        won_outcome as outcome, won_at as reached_at, days_to_won as days_to_reach, {{ members | join(', ') }}
    from {{ ref('fct_funnel_entries') }}
    where next_stage <> '(won)'

),

-- By what had been completed when the quarter of as_of began, so that maturity doesn't move with each day's completions.
completed as (

    select
        pairs.pipeline_id,
        pairs.from_stage,
        pairs.to_stage,
        {{ quantile('pairs.days_to_reach', 0.9) }} as p90_days_to_reach,
        count(pairs.days_to_reach) as n_completed
    from pairs
    inner join settings on pairs.reached_at < {{ start_of_day(fiscal_quarter_start('settings.as_of_date')) }}
    where pairs.outcome = 'reached'
    group by pairs.pipeline_id, pairs.from_stage, pairs.to_stage

),

-- Each combination of members once a month, which no fiscal quarter cuts.
by_month as (

    select
        cast(date_trunc('month', greatest(pairs.entered_on, bounds.first_on)) as date) as month_starts_on,
        pairs.pipeline_id,
        pairs.from_stage,
        pairs.to_stage,
        {%- for column in members %}
        pairs.{{ column }},
        {%- endfor %}
        max(pairs.stage_position) as from_stage_position,
        max(case when pairs.is_next_step then 1 else 0 end) as is_next_step,
        {%- for outcome in outcomes %}
        sum(case when pairs.outcome = '{{ outcome }}' then 1 else 0 end) as n_{{ outcome }},
        {%- endfor %}
        sum(case when pairs.is_skipped then 1 else 0 end) as n_skipped
    from pairs
    cross join (select min(periods.first_on) as first_on from {{ ref('int_pipeline_periods') }} as periods) as bounds
    group by
        cast(date_trunc('month', greatest(pairs.entered_on, bounds.first_on)) as date),
        {%- for column in members %}
        pairs.{{ column }},
        {%- endfor %}
        pairs.pipeline_id,
        pairs.from_stage,
        pairs.to_stage

),

in_cohorts as (

    select by_month.*, periods.period_grain, periods.period_id
    from by_month
    inner join {{ ref('int_pipeline_periods') }} as periods
        on by_month.month_starts_on between periods.starts_on and periods.ends_on
        and periods.period_grain in ('month', 'quarter')

),

counted as (

    {%- for dimension, column in funnel_dimensions().items() %}
    select
        period_grain,
        period_id,
        '{{ dimension }}' as dimension,
        {{ column }} as member,
        pipeline_id,
        from_stage,
        to_stage,
        max(from_stage_position) as from_stage_position,
        max(is_next_step) = 1 as is_next_step,
        {%- for outcome in outcomes %}
        sum(n_{{ outcome }}) as n_{{ outcome }},
        {%- endfor %}
        sum(n_skipped) as n_skipped
    from in_cohorts
    group by {{ ['period_grain', 'period_id', column, 'pipeline_id', 'from_stage', 'to_stage'] | reject('equalto', "'all'") | join(', ') }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

summed as (

    select
        counted.*,
        counted.n_reached + counted.n_lost + counted.n_open as n_entered,
        sum(counted.n_reached + counted.n_lost) over (
            partition by counted.pipeline_id, counted.from_stage, counted.to_stage
        ) > 0 as has_outcomes,
        periods.starts_on,
        periods.ends_on,
        periods.is_complete,
        completed.p90_days_to_reach,
        coalesce(completed.n_completed, 0) as n_completed,
        coalesce(
            periods.is_complete
            and {{ fractional_days(start_of_day(add_days('periods.ends_on', 1)), 'settings.as_of_at') }} >= completed.p90_days_to_reach,
            false
        ) as is_matured
    from counted
    cross join settings
    inner join {{ ref('int_pipeline_periods') }} as periods
        on counted.period_grain = periods.period_grain
        and counted.period_id = periods.period_id
    left join completed
        on counted.pipeline_id = completed.pipeline_id
        and counted.from_stage = completed.from_stage
        and counted.to_stage = completed.to_stage

)

select
    cast({{ surrogate_key(cell) }} as varchar) as funnel_conversion_id,
    period_grain,
    period_id,
    starts_on as period_starts_on,
    ends_on as period_ends_on,
    is_complete,
    dimension,
    cast(member as varchar) as member,
    pipeline_id,
    from_stage,
    cast(from_stage_position as bigint) as from_stage_position,
    to_stage,
    is_next_step,
    cast(n_entered as bigint) as n_entered,
    cast(n_skipped as bigint) as n_skipped,
    cast(n_reached as bigint) as n_reached,
    cast(n_lost as bigint) as n_lost_before,
    cast(n_open as bigint) as n_still_open,
    cast(n_created_later as bigint) as n_created_later,
    cast(n_unknown_path as bigint) as n_unknown_path,
    case when has_outcomes then {{ ratio('n_reached', 'n_entered') }} end as conversion_ever,
    {{ ratio('n_reached', '(n_reached + n_lost)') }} as conversion_resolved,
    case when is_matured then {{ ratio('n_reached', 'n_entered') }} end as conversion_matured,
    p90_days_to_reach,
    cast(n_completed as bigint) as n_completed,
    is_matured
from summed
