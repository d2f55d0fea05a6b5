{#- Each dimension by itself: a member of it, such as one team, has a row per cohort and pair of stages. -#}
{%- set cell = ['period_grain', 'period_id', 'dimension', 'member', 'pipeline_id', 'from_stage', 'to_stage'] -%}
{%- set outcomes = ['reached', 'lost', 'open', 'created_later', 'unknown_path'] -%}

with settings as (

    select as_of_date, as_of_at from {{ ref('int_run_settings') }}

),

-- By what had been completed when the quarter of as_of began, so that maturity doesn't move with each day's completions.
completed as (

    select
        conversions.pipeline_id,
        conversions.from_stage,
        conversions.to_stage,
        {{ quantile('conversions.days_to_reach', 0.9) }} as p90_days_to_reach,
        count(conversions.days_to_reach) as n_completed
    from {{ ref('int_stage_conversions') }} as conversions
    inner join settings on conversions.resolved_at < {{ start_of_day(fiscal_quarter_start('settings.as_of_date')) }}
    where conversions.outcome = 'reached'
    group by conversions.pipeline_id, conversions.from_stage, conversions.to_stage

),

-- Each combination of members once a month, which no fiscal quarter cuts.
by_month as (

    select
        cast(date_trunc('month', greatest(conversions.entered_on, bounds.first_on)) as date) as month_starts_on,
        conversions.pipeline_id,
        conversions.from_stage,
        conversions.to_stage,
        {%- for column in flow_dimensions().values() if column != "'all'" %}
        conversions.{{ column }},
        {%- endfor %}
        max(conversions.from_stage_rank) as from_stage_rank,
        max(case when conversions.is_next_step then 1 else 0 end) as is_next_step,
        {%- for outcome in outcomes %}
        sum(case when conversions.outcome = '{{ outcome }}' then 1 else 0 end) as n_{{ outcome }},
        sum(case when conversions.outcome = '{{ outcome }}' then coalesce(conversions.amount, 0) else 0 end) as {{ outcome }}_amount,
        {%- endfor %}
        sum(case when conversions.is_skipped then 1 else 0 end) as n_skipped,
        sum(
            case when conversions.outcome not in ('created_later', 'unknown_path') and conversions.amount is null then 1 else 0 end
        ) as n_without_amount
    from {{ ref('int_stage_conversions') }} as conversions
    cross join (select min(periods.first_on) as first_on from {{ ref('int_pipeline_periods') }} as periods) as bounds
    group by
        cast(date_trunc('month', greatest(conversions.entered_on, bounds.first_on)) as date),
        {%- for column in flow_dimensions().values() if column != "'all'" %}
        conversions.{{ column }},
        {%- endfor %}
        conversions.pipeline_id,
        conversions.from_stage,
        conversions.to_stage

),

in_cohorts as (

    select
        by_month.*,
        periods.period_grain,
        periods.period_id
    from by_month
    inner join {{ ref('int_pipeline_periods') }} as periods
        on by_month.month_starts_on between periods.starts_on and periods.ends_on
        and periods.period_grain in ('month', 'quarter')

),

counted as (

    {%- for dimension, column in flow_dimensions().items() %}
    select
        period_grain,
        period_id,
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, '(none)') as member,
        pipeline_id,
        from_stage,
        to_stage,
        max(from_stage_rank) as from_stage_rank,
        max(is_next_step) = 1 as is_next_step,
        {%- for outcome in outcomes %}
        sum(n_{{ outcome }}) as n_{{ outcome }},
        sum({{ outcome }}_amount) as {{ outcome }}_amount,
        {%- endfor %}
        sum(n_skipped) as n_skipped,
        sum(n_without_amount) as n_without_amount
    from in_cohorts
    group by {{ ['period_grain', 'period_id', column, 'pipeline_id', 'from_stage', 'to_stage'] | reject('in', ["'all'"]) | join(', ') }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

summed as (

    select
        counted.*,
        counted.n_reached + counted.n_lost + counted.n_open as n_entered,
        counted.reached_amount + counted.lost_amount + counted.open_amount as entered_amount,
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
    cast({{ surrogate_key(cell) }} as varchar) as conversion_id,
    period_grain,
    period_id,
    starts_on as period_starts_on,
    ends_on as period_ends_on,
    is_complete,
    dimension,
    member,
    pipeline_id,
    from_stage,
    cast(from_stage_rank as bigint) as from_stage_rank,
    to_stage,
    is_next_step,
    cast(n_entered as bigint) as n_entered,
    cast(n_skipped as bigint) as n_skipped,
    cast(n_reached as bigint) as n_reached,
    cast(n_lost as bigint) as n_lost_before,
    cast(n_open as bigint) as n_still_open,
    cast(n_created_later as bigint) as n_created_later,
    cast(n_unknown_path as bigint) as n_unknown_path,
    cast(n_without_amount as bigint) as n_without_amount,
    cast(entered_amount as decimal(18, 2)) as entered_amount,
    cast(reached_amount as decimal(18, 2)) as reached_amount,
    cast(lost_amount as decimal(18, 2)) as lost_before_amount,
    cast(open_amount as decimal(18, 2)) as still_open_amount,
    cast(created_later_amount as decimal(18, 2)) as created_later_amount,
    cast(unknown_path_amount as decimal(18, 2)) as unknown_path_amount,
    {{ ratio('n_reached', 'n_entered') }} as conversion_ever,
    {{ ratio('n_reached', '(n_reached + n_lost)') }} as conversion_resolved,
    case when is_matured then {{ ratio('n_reached', 'n_entered') }} end as conversion_matured,
    {{ ratio('reached_amount', 'entered_amount') }} as amount_conversion_ever,
    {{ ratio('reached_amount', '(reached_amount + lost_amount)') }} as amount_conversion_resolved,
    case when is_matured then {{ ratio('reached_amount', 'entered_amount') }} end as amount_conversion_matured,
    p90_days_to_reach,
    cast(n_completed as bigint) as n_completed,
    is_matured
from summed
