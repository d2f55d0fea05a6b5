{#- A cell has a row in each period in which it moved or opened with anything: the rows of a period add up to the company, and their
    number follows changes and open cells, not opportunities and days. -#}
{%- set movements = pipeline_movements() -%}
{%- set cell = pipeline_cell() -%}
{%- set key = ['basis', 'close_window'] + cell -%}

with moved as (

    select
        movements.movement,
        movements.basis,
        movements.close_window,
        {%- for column in cell %}
        movements.{{ column }},
        {%- endfor %}
        greatest(movements.moved_on, bounds.first_on) as moved_on,
        movements.amount,
        movements.n_opportunities
    from {{ ref('int_pipeline_movements') }} as movements
    cross join {{ ref('int_run_settings') }} as settings
    cross join (select min(periods.first_on) as first_on from {{ ref('int_pipeline_periods') }} as periods) as bounds
    where
        movements.moved_at < settings.as_of_at
        and movements.movement not in ('stage_in', 'stage_out')

),

-- Open pipeline as a whole, to which a moved close date is nothing, beside each close-date window.
windowed as (

    {%- for window, condition in {"'all'": "movement not in ('pulled_in', 'pushed_out')", 'close_window': 'true'}.items() %}
    select
        {{ surrogate_key(['basis', window] + cell) }} as cell_id,
        {{ window }} as close_window,
        basis, {{ cell | join(', ') }},
        moved_on, movement, amount, n_opportunities
    from moved
    where {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

cells as (

    select distinct cell_id, {{ key | join(', ') }}
    from windowed

),

by_day as (

    select
        cell_id,
        moved_on,
        {%- for movement, direction in movements %}
        sum(case when movement = '{{ movement }}' then amount else 0 end) as {{ movement }}_amount,
        sum(case when movement = '{{ movement }}' then 1 else 0 end) as n_{{ movement }},
        {%- endfor %}
        sum(amount) as net_amount,
        sum(n_opportunities) as net_n
    from windowed
    group by cell_id, moved_on

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
        cell_id,
        {%- for movement, direction in movements %}
        sum({{ movement }}_amount) as {{ movement }}_amount,
        sum(n_{{ movement }}) as n_{{ movement }},
        {%- endfor %}
        sum(net_amount) as net_amount,
        sum(net_n) as net_n
    from by_day
    group by cell_id, {{ starts_on }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

levels as (

    select
        rolled_up.*,
        periods.period_number,
        sum(rolled_up.net_amount) over so_far as closing_amount,
        sum(rolled_up.net_n) over so_far as closing_n,
        lead(periods.period_number) over (
            partition by rolled_up.period_grain, rolled_up.cell_id order by periods.period_number asc nulls first
        ) as next_period_number
    from rolled_up
    inner join {{ ref('int_pipeline_periods') }} as periods
        on rolled_up.period_grain = periods.period_grain
        and rolled_up.starts_on = periods.starts_on
    window
        so_far as (
            partition by rolled_up.period_grain, rolled_up.cell_id order by periods.period_number asc nulls first
            rows between unbounded preceding and current row
        )

),

united as (

    select
        period_grain,
        period_number,
        cell_id,
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
        levels.cell_id,
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
    cast({{ surrogate_key(['united.period_grain', 'periods.period_id', 'united.cell_id']) }} as varchar) as waterfall_id,
    united.period_grain,
    periods.period_id,
    periods.starts_on as period_starts_on,
    periods.ends_on as period_ends_on,
    periods.is_complete,
    cells.basis,
    cells.close_window,
    {%- for column in cell %}
    cells.{{ column }},
    {%- endfor %}
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
inner join cells on united.cell_id = cells.cell_id
