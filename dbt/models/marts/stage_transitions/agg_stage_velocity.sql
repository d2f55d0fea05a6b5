{#- Each dimension by itself. Rows of a stage hold the time in it and what its entries come to; rows of stage (all) the cycle of won
    deals. -#}
{%- set cell = ['closed_within', 'dimension', 'member', 'pipeline_id'] -%}

with settings as (

    select as_of_date, as_of_at from {{ ref('int_run_settings') }}

),

spans as (

    select
        'trailing_quarters' as closed_within,
        {{ start_of_day(add_months_to(fiscal_quarter_start('as_of_date'), -3 * var('yield_quarters'))) }} as starts_at
    from settings
    union all
    select 'all_time' as closed_within, {{ beginning_of_time() }} as starts_at

),

-- What isn't over is in every span, as it stands.
facts as (

    select
        facts.*,
        spans.closed_within
    from {{ ref('int_velocity_facts') }} as facts
    inner join spans
        on facts.counted_at is null
        or facts.outcome = 'censored'
        or facts.counted_at >= spans.starts_at

),

measured as (

    {%- for dimension, column in flow_dimensions().items() %}
    select
        closed_within,
        '{{ dimension }}' as dimension,
        coalesce({{ column }}, '(none)') as member,
        pipeline_id,
        stage,
        sum(case when kind in ('stage_open', 'open') then 1 else 0 end) as n_open,
        count(case when kind = 'stage_time' then days end) as n_complete,
        sum(case when outcome = 'censored' then 1 else 0 end) as n_censored,
        sum(case when kind = 'stage_time' then n_visits else 0 end) as n_visits,
        sum(case when kind = 'stage_time' then n_complete_visits else 0 end) as n_complete_visits,
        sum(case when kind = 'stage_time' then cast(other_days as decimal(38, 12)) end) as complete_visit_days,
        {{ mean("case when kind = 'stage_time' then days end") }} as mean_days_in_stage,
        {{ quantile("case when kind = 'stage_time' then days end", 0.5) }} as median_days_in_stage,
        {{ quantile("case when kind = 'stage_time' then days end", 0.75) }} as p75_days_in_stage,
        {{ quantile("case when kind = 'stage_time' then days end", 0.9) }} as p90_days_in_stage,
        sum(case when outcome in ('reached', 'won') then 1 else 0 end) as n_won,
        sum(case when outcome = 'lost' then 1 else 0 end) as n_lost,
        count(case when outcome = 'won' then amount end) as n_won_with_amount,
        sum(case when outcome = 'won' then coalesce(amount, 0) else 0 end) as won_amount,
        count(case when outcome in ('reached', 'won') then days end) as n_cycles,
        {{ mean("case when outcome in ('reached', 'won') then days end") }} as mean_days_to_won,
        {{ quantile("case when outcome in ('reached', 'won') then days end", 0.5) }} as median_days_to_won,
        {{ quantile("case when outcome in ('reached', 'won') then days end", 0.9) }} as p90_days_to_won,
        count(case when outcome = 'won' then other_days end) as n_cycles_from_creation,
        {{ mean("case when outcome = 'won' then other_days end") }} as mean_days_from_creation,
        {{ quantile("case when outcome = 'won' then other_days end", 0.5) }} as median_days_from_creation,
        {{ quantile("case when outcome = 'won' then other_days end", 0.9) }} as p90_days_from_creation
    from facts
    group by {{ ['closed_within', column, 'pipeline_id', 'stage'] | reject('in', ["'all'"]) | join(', ') }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

-- A stage's deals are worth what the wins of its pipeline are.
valued as (

    select
        {%- for column in cell %}
        measured.{{ column }},
        {%- endfor %}
        measured.stage,
        policy.open_stage_rank as stage_rank,
        measured.n_open,
        measured.n_complete,
        measured.n_censored,
        measured.n_visits,
        measured.n_complete_visits,
        measured.complete_visit_days,
        {%- for statistic in ['mean', 'median', 'p75', 'p90'] %}
        measured.{{ statistic }}_days_in_stage,
        {%- endfor %}
        measured.n_won,
        measured.n_lost,
        {{ ratio('measured.n_won', '(measured.n_won + measured.n_lost)') }} as win_rate,
        coalesce(overall.n_won_with_amount, 0) as n_won_with_amount,
        coalesce(overall.won_amount, 0) as won_amount,
        cast(overall.won_amount as double) / nullif(overall.n_won_with_amount, 0) as mean_won_amount,
        measured.n_cycles,
        {%- for statistic in ['mean', 'median', 'p90'] %}
        measured.{{ statistic }}_days_to_won,
        {%- endfor %}
        measured.n_cycles_from_creation,
        {%- for statistic in ['mean', 'median', 'p90'] %}
        measured.{{ statistic }}_days_from_creation {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from measured
    cross join settings
    left join measured as overall
        on overall.stage = '(all)'
        {%- for column in cell %}
        and measured.{{ column }} = overall.{{ column }}
        {%- endfor %}
    left join {{ ref('int_stage_policy') }} as policy
        on measured.pipeline_id = policy.pipeline_id
        and measured.stage = policy.stage
        and settings.as_of_at > policy.valid_from
        and settings.as_of_at <= policy.valid_to

)

select
    cast({{ surrogate_key(cell + ['stage']) }} as varchar) as velocity_id,
    {{ cell | join(', ') }},
    stage,
    cast(stage_rank as bigint) as stage_rank,
    cast(n_open as bigint) as n_open,
    cast(n_complete as bigint) as n_complete,
    cast(n_censored as bigint) as n_censored,
    {%- for statistic in ['mean', 'median', 'p75', 'p90'] %}
    {{ round_significant(statistic ~ '_days_in_stage') }} as {{ statistic }}_days_in_stage,
    {%- endfor %}
    cast(n_visits as bigint) as n_visits,
    cast(n_complete_visits as bigint) as n_complete_visits,
    {{ ratio('complete_visit_days', 'n_complete_visits') }} as mean_visit_days,
    cast(n_won as bigint) as n_won,
    cast(n_lost as bigint) as n_lost,
    win_rate,
    cast(won_amount as decimal(18, 2)) as won_amount,
    cast(n_won_with_amount as bigint) as n_won_with_amount,
    {{ money('mean_won_amount') }} as mean_won_amount,
    cast(n_cycles as bigint) as n_cycles,
    {%- for statistic in ['mean', 'median', 'p90'] %}
    {{ round_significant(statistic ~ '_days_to_won') }} as {{ statistic }}_days_to_won,
    {%- endfor %}
    cast(n_cycles_from_creation as bigint) as n_cycles_from_creation,
    {%- for statistic in ['mean', 'median', 'p90'] %}
    {{ round_significant(statistic ~ '_days_from_creation') }} as {{ statistic }}_days_from_creation,
    {%- endfor %}
    {{ money(round_significant('n_open * win_rate * mean_won_amount / nullif(mean_days_to_won, 0)')) }} as sales_velocity_per_day
from valued
