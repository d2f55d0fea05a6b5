{#- Each dimension by itself: a cell is a member of it, such as one team, within a basis and a close-date window. What moves between two
    cells of another dimension is no movement in this one. A cell has a row in each period in which it moved or held anything, so that
    the rows of one dimension add up to the company; their number follows members and periods, not opportunities and days. -#}
{%- set movements = pipeline_movements() -%}
{%- set dimensions = pipeline_dimensions() -%}
{%- set key = ['dimension', 'member', 'basis', 'close_window'] -%}

with moved as (

    select
        movements.movement,
        movements.moved_columns,
        movements.basis,
        movements.close_window,
        {%- for column in dimensions.values() if column != "'all'" %}
        movements.{{ column }},
        {%- endfor %}
        greatest(movements.moved_on, bounds.first_on) as moved_on,
        movements.amount,
        movements.n_opportunities
    from {{ ref('int_sourced_movements') }} as movements
    cross join {{ ref('int_run_settings') }} as settings
    cross join (select min(periods.first_on) as first_on from {{ ref('int_pipeline_periods') }} as periods) as bounds
    where
        movements.moved_at < settings.as_of_at
        and movements.movement not in ('stage_in', 'stage_out')

),

-- All open pipeline, to which a moved close date is nothing, and each close-date window.
by_day as (

    {%- for dimension, column in dimensions.items() %}
    {%- for window in ["'all'", 'close_window'] %}
    select
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, '(none)') as member,
        basis,
        {{ window }} as close_window,
        moved_on,
        movement,
        sum(amount) as amount,
        sum(n_opportunities) as net_n,
        count(*) as n
    from moved
    where
        moved_columns is null
        or moved_columns like '%,{{ column | replace("'", '') }},%'
        or moved_columns like '%,{{ window | replace("'", '') }},%'
    group by {{ [column, 'basis', window, 'moved_on', 'movement'] | reject('in', ["'all'"]) | join(', ') }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

rolled_up as (

    {%- for grain, starts_on in {
        'week': "cast(date_trunc('week', moved_on) as date)",
        'month': "cast(date_trunc('month', moved_on) as date)",
        'quarter': fiscal_quarter_start('moved_on')
    }.items() %}
    select
        '{{ grain }}' as period_grain,
        {{ starts_on }} as starts_on,
        {{ key | join(', ') }},
        {%- for movement, direction in movements %}
        sum(case when movement = '{{ movement }}' then amount else 0 end) as {{ movement }}_amount,
        sum(case when movement = '{{ movement }}' then n else 0 end) as n_{{ movement }},
        {%- endfor %}
        sum(amount) as net_amount,
        sum(net_n) as net_n
    from by_day
    group by {{ key | join(', ') }}, {{ starts_on }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

numbered as (

    select
        rolled_up.*,
        periods.period_number
    from rolled_up
    inner join {{ ref('int_pipeline_periods') }} as periods
        on rolled_up.period_grain = periods.period_grain
        and rolled_up.starts_on = periods.starts_on

),

levels as (

    select
        *,
        sum(net_amount) over so_far as closing_amount,
        sum(net_n) over so_far as closing_n,
        lead(period_number) over (
            partition by period_grain, {{ key | join(', ') }} order by period_number asc nulls first
        ) as next_period_number
    from numbered
    window
        so_far as (
            partition by period_grain, {{ key | join(', ') }} order by period_number asc nulls first
            rows between unbounded preceding and current row
        )

),

united as (

    select
        period_grain,
        period_number,
        {{ key | join(', ') }},
        closing_amount - net_amount as opening_amount,
        closing_n - net_n as n_opening,
        {%- for movement, direction in movements %}
        {{ movement }}_amount,
        n_{{ movement }},
        {%- endfor %}
        closing_amount,
        closing_n as n_closing
    from levels
    union all
    -- Periods in which the cell only kept what it had.
    select
        levels.period_grain,
        periods.period_number,
        {{ key | join(', ') }},
        levels.closing_amount as opening_amount,
        levels.closing_n as n_opening,
        {%- for movement, direction in movements %}
        0 as {{ movement }}_amount,
        0 as n_{{ movement }},
        {%- endfor %}
        levels.closing_amount,
        levels.closing_n as n_closing
    from levels
    inner join {{ ref('int_pipeline_periods') }} as periods
        on levels.period_grain = periods.period_grain
        and levels.period_number < periods.period_number
        and (levels.next_period_number > periods.period_number or levels.next_period_number is null)
    where levels.closing_amount <> 0 or levels.closing_n <> 0

)

select
    cast(
        {{ surrogate_key([
            'united.period_grain', 'periods.period_id', 'united.dimension', 'united.member', 'united.basis', 'united.close_window'
        ]) }} as varchar
    ) as waterfall_id,
    united.period_grain,
    periods.period_id,
    periods.starts_on as period_starts_on,
    periods.ends_on as period_ends_on,
    periods.is_complete,
    united.dimension,
    united.member,
    united.basis,
    united.close_window,
    cast(united.opening_amount as decimal(18, 2)) as opening_amount,
    {%- for movement, direction in movements %}
    cast(united.{{ movement }}_amount as decimal(18, 2)) as {{ movement }}_amount,
    {%- if movement == 'pushed_out' %}
    -- A rate is fixed for life.
    cast(0 as decimal(18, 2)) as fx_amount,
    {%- endif %}
    {%- endfor %}
    cast(united.closing_amount as decimal(18, 2)) as closing_amount,
    cast(united.closing_amount - united.opening_amount as decimal(18, 2)) as net_growth_amount,
    cast(united.n_opening as bigint) as n_opening,
    {%- for movement, direction in movements %}
    cast(united.n_{{ movement }} as bigint) as n_{{ movement }},
    {%- endfor %}
    cast(united.n_closing as bigint) as n_closing
from united
inner join {{ ref('int_pipeline_periods') }} as periods
    on united.period_grain = periods.period_grain
    and united.period_number = periods.period_number
