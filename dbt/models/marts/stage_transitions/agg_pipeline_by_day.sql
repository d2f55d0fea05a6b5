{#- Running sums over the days on which a cell changed: a day's level is the sum of all movements up to it. -#}
{%- set cell = ['pipeline_id', 'stage', 'owner_id', 'team', 'segment', 'claimed_function', 'evidence_function'] -%}
{%- set measures = {
    'amount_total': ('total', 'amount'), 'amount_qualified': ('qualified', 'amount'),
    'n_total': ('total', 'n_opportunities'), 'n_qualified': ('qualified', 'n_opportunities')
} -%}

with changes as (

    select
        movements.moved_on,
        {{ cell | join(', ') }},
        {%- for measure, (basis, column) in measures.items() %}
        sum(case when movements.basis = '{{ basis }}' then movements.{{ column }} else 0 end) as {{ measure }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_sourced_movements') }} as movements
    cross join {{ ref('int_run_settings') }} as settings
    where movements.moved_at < settings.as_of_at
    group by movements.moved_on, {{ cell | join(', ') }}

),

levels as (

    select
        moved_on as valid_from,
        lead(moved_on) over (partition by {{ cell | join(', ') }} order by moved_on asc nulls first) as next_moved_on,
        {{ cell | join(', ') }},
        {%- for measure in measures %}
        sum({{ measure }}) over so_far as {{ measure }} {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from changes
    where {% for measure in measures %}{{ measure }} <> 0{% if not loop.last %} or {% endif %}{% endfor %}
    window
        so_far as (
            partition by {{ cell | join(', ') }} order by moved_on asc nulls first
            rows between unbounded preceding and current row
        )

)

select
    cast({{ surrogate_key(cell + ['valid_from']) }} as varchar) as pipeline_day_id,
    levels.valid_from,
    coalesce(levels.next_moved_on, {{ add_days('settings.as_of_date', 1) }}) as valid_to,
    levels.next_moved_on is null as is_current,
    {%- for column in cell %}
    levels.{{ column }},
    {%- endfor %}
    cast(levels.amount_total as decimal(18, 2)) as open_amount_total,
    cast(levels.amount_qualified as decimal(18, 2)) as open_amount_qualified,
    cast(levels.n_total as bigint) as n_open_total,
    cast(levels.n_qualified as bigint) as n_open_qualified
from levels
cross join {{ ref('int_run_settings') }} as settings
where levels.n_total <> 0 or levels.n_qualified <> 0 or levels.amount_total <> 0 or levels.amount_qualified <> 0
