{#- The weeks (from Monday), months and fiscal quarters that the waterfall is rolled up to: from the quarter of the oldest record to
    the one that holds as_of. A movement that claims to be older counts on `first_on`. -#}
with settings as (

    select as_of_date from {{ ref('int_run_settings') }}

),

bounds as (

    select
        settings.as_of_date,
        min(periods.starts_on) as first_on
    from {{ ref('int_fiscal_periods') }} as periods
    cross join settings
    group by settings.as_of_date

),

united as (

    select
        'quarter' as period_grain,
        periods.fiscal_period_id as period_id,
        periods.starts_on,
        periods.ends_on
    from {{ ref('int_fiscal_periods') }} as periods
    union all
    select
        'month' as period_grain,
        substr(cast({{ add_months_to('bounds.first_on', 'numbers.n') }} as varchar), 1, 7) as period_id,
        {{ add_months_to('bounds.first_on', 'numbers.n') }} as starts_on,
        {{ add_days(add_months_to('bounds.first_on', 'numbers.n + 1'), -1) }} as ends_on
    from bounds
    cross join ({{ number_series(0, 1800) }}) as numbers
    union all
    select
        'week' as period_grain,
        cast({{ add_days("cast(date_trunc('week', bounds.first_on) as date)", '7 * numbers.n') }} as varchar) as period_id,
        {{ add_days("cast(date_trunc('week', bounds.first_on) as date)", '7 * numbers.n') }} as starts_on,
        {{ add_days("cast(date_trunc('week', bounds.first_on) as date)", '7 * numbers.n + 6') }} as ends_on
    from bounds
    cross join ({{ number_series(0, 7800) }}) as numbers

)

select
    united.period_grain,
    united.period_id,
    cast(
        row_number() over (partition by united.period_grain order by united.starts_on asc nulls first) as bigint
    ) as period_number,
    united.starts_on,
    united.ends_on,
    united.ends_on <= bounds.as_of_date as is_complete,
    bounds.first_on
from united
cross join bounds
where united.starts_on <= bounds.as_of_date
