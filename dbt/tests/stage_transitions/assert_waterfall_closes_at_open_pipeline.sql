-- A row means that the waterfall's last closing is not what is open as of as_of by the opportunities' states, for the company, an owner,
-- a pipeline or a forecast category, in a close-date window or over all. It does not say how a movement before should have been called.
{% set members = {
    'company': "'all'", 'owner': 'owner_id', 'pipeline': 'pipeline_id', 'forecast_category': 'forecast_category'
} %}
{% set cell = ['dimension', 'member', 'basis', 'close_window'] %}

with open_states as (

    select
        states.pipeline_id,
        coalesce(states.owner_id, '(unassigned)') as owner_id,
        states.forecast_category,
        coalesce({{ fiscal_quarter_name('states.close_date') }}, 'undated') as close_window,
        coalesce(states.amount, 0) as amount,
        visits.is_qualified
    from {{ ref('int_opportunity_states') }} as states
    inner join {{ ref('int_run_settings') }} as settings
        on states.valid_from < settings.as_of_at
        and states.valid_to >= settings.as_of_at
    inner join {{ ref('int_stage_visits') }} as visits
        on states.opportunity_id = visits.opportunity_id
        and visits.entered_at < settings.as_of_at
        and coalesce(visits.exited_at, {{ end_of_time() }}) >= settings.as_of_at
        and visits.is_open
        and visits.is_pipeline
    where not states.is_deleted

),

existing as (

    {%- for dimension, column in members.items() %}
    {%- for basis, condition in {'total': 'true', 'qualified': 'is_qualified'}.items() %}
    {%- for window in ['close_window', "'all'"] %}
    select
        '{{ dimension }}' as dimension, coalesce({{ column }}, '(none)') as member, '{{ basis }}' as basis,
        {{ window }} as close_window, amount, 1 as n
    from open_states
    where {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

grains as (

    select period_grain, max(period_starts_on) as starts_on
    from {{ ref('fct_pipeline_waterfall') }}
    group by period_grain

),

compared as (

    select grains.period_grain, {{ cell | join(', ') }}, existing.amount, existing.n
    from existing
    cross join grains
    union all
    select
        waterfall.period_grain, {{ cell | join(', ') }},
        -waterfall.closing_amount as amount, -waterfall.n_closing as n
    from {{ ref('fct_pipeline_waterfall') }} as waterfall
    inner join grains
        on waterfall.period_grain = grains.period_grain
        and waterfall.period_starts_on = grains.starts_on
    where waterfall.dimension in ('{{ members | join("', '") }}')

)

select
    period_grain,
    {{ cell | join(', ') }},
    sum(amount) as missing_amount,
    sum(n) as missing_n
from compared
group by period_grain, {{ cell | join(', ') }}
having sum(amount) <> 0 or sum(n) <> 0
