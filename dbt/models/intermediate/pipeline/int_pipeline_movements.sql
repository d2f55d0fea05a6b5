{#- Every movement of open pipeline, on both bases, as signed amounts and counts: what a step takes from a cell and what it brings to
    one. As_of-free. A step inside the set that leaves one cell for another is a pair that cancels. An opportunity that closes
    without having been in the set (born closed, from outside it, from another outcome, while deleted) comes in and goes out in one
    step, so that won holds every win; a loss that never was pipeline moves nothing, unless it was born lost. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

{%- set step_cell = [
    'pipeline_id', 'stage', 'claimed_function', 'forecast_category', 'owner_id', 'team', 'segment', 'close_window'
] -%}
{%- set pairs = {
    'pipeline': ('reclassified_out', 'reclassified_in'),
    'source': ('reclassified_out', 'reclassified_in'),
    'forecast_category': ('reclassified_out', 'reclassified_in'),
    'owner': ('transferred_out', 'transferred_in'),
    'team': ('transferred_out', 'transferred_in'),
    'close_date': ('pushed_out', 'pulled_in'),
    'stage': ('stage_out', 'stage_in')
} -%}

with steps as (

    select
        opportunity_id, step_number, step_kind, stepped_at, known_at, status, amount,
        pipeline_id, stage, claimed_function, forecast_category, owner_id, team, segment,
        coalesce({{ fiscal_quarter_name('close_date') }}, 'undated') as close_window
    from {{ ref('int_pipeline_steps') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

compared as (

    select
        *,
        coalesce(lag(status) over so_far, 'none') as old_status,
        coalesce(lag(amount) over so_far, 0) as old_amount,
        {%- for column in step_cell %}
        lag({{ column }}) over so_far as old_{{ column }},
        {%- endfor %}
        last_value(case when status not in ('none', 'deleted') then status end ignore nulls) over (
            partition by opportunity_id order by step_number asc nulls first rows between unbounded preceding and 1 preceding
        ) as old_live_status
    from steps
    window so_far as (partition by opportunity_id order by step_number asc nulls first)

),

based as (

    {%- for basis, open_statuses in {
        'total': "('open_unqualified', 'open_qualified')",
        'qualified': "('open_qualified')"
    }.items() %}
    select
        *,
        '{{ basis }}' as basis,
        status in {{ open_statuses }} as is_in,
        old_status in {{ open_statuses }} as was_in,
        coalesce(old_live_status in {{ open_statuses }}, false) as was_in_alive
    from compared
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

judged as (

    select
        *,
        not was_in
        and (
            is_in
            or (status = 'won' and coalesce(old_live_status, 'none') <> 'won')
            or (
                status = 'lost'
                and (
                    coalesce(old_live_status, 'none') = 'won'
                    or (old_live_status is null and basis = 'total')
                    or (old_status = 'deleted' and was_in_alive)
                )
            )
        ) as is_coming,
        was_in
        and is_in
        and (
            {%- for column in step_cell %}
            {{ column }} is distinct from old_{{ column }} {%- if not loop.last %} or{% endif %}
            {%- endfor %}
        ) as is_moving,
        concat(
            ','
            {%- for column in step_cell %},
            case when {{ column }} is distinct from old_{{ column }} then '{{ column }},' else '' end
            {%- endfor %}
        ) as moved_columns
    from based

),

named as (

    select
        judged.*,
        case
            when not is_coming then null
            when
                sum(case when is_coming then 1 else 0 end) over (
                    partition by opportunity_id, basis order by step_number asc nulls first
                    rows between unbounded preceding and current row
                ) = 1
                then 'created'
            when step_kind = 'deletion' then 'undeleted'
            when old_live_status in ('won', 'lost') then 'reopened'
            else 'entered'
        end as coming,
        case
            when is_in or not (was_in or is_coming) then null
            when status in ('won', 'lost') then status
            when status = 'deleted' and mergers.merged_into_id is not null and stepped_at >= mergers.merged_at then 'merged'
            when status = 'deleted' then 'deleted'
            else 'left'
        end as going
    from judged
    left join (
        select opportunity_id as merged_opportunity_id, merged_into_id, merged_at
        from {{ ref('int_opportunities') }}
        where merged_into_id is not null
    ) as mergers on judged.opportunity_id = mergers.merged_opportunity_id

),

sides as (

    -- What arrives in the cell that holds after the step.
    select
        opportunity_id, basis, step_number, stepped_at, known_at,
        case
            when coming is not null then coming
            when is_moving then
                case step_kind {%- for kind, sides in pairs.items() %} when '{{ kind }}' then '{{ sides[1] }}'{% endfor %} end
            when amount > old_amount then 'increased'
            else 'decreased'
        end as movement,
        {%- for column in step_cell %}
        {{ column }},
        {%- endfor %}
        case when coming is not null or is_moving then amount else amount - old_amount end as amount,
        case when coming is not null or is_moving then 1 else 0 end as n,
        case when is_moving then moved_columns end as moved_columns
    from named
    where coming is not null or is_moving or (was_in and is_in and amount <> old_amount)
    union all
    -- What leaves the cell that held before it.
    select
        opportunity_id, basis, step_number, stepped_at, known_at,
        coalesce(
            going,
            case step_kind {%- for kind, sides in pairs.items() %} when '{{ kind }}' then '{{ sides[0] }}'{% endfor %} end
        ) as movement,
        {%- for column in step_cell %}
        case when was_in then old_{{ column }} else {{ column }} end as {{ column }},
        {%- endfor %}
        case when was_in then -old_amount else -amount end as amount,
        -1 as n,
        case when is_moving then moved_columns end as moved_columns
    from named
    where going is not null or is_moving

)

select
    sides.opportunity_id,
    sides.basis,
    sides.step_number,
    sides.movement,
    sides.stepped_at as moved_at,
    {{ local_date('sides.stepped_at') }} as moved_on,
    sides.known_at,
    sides.moved_columns,
    {%- for column in step_cell %}
    sides.{{ column }},
    {%- endfor %}
    cast(sides.amount as decimal(18, 2)) as amount,
    cast(sides.n as bigint) as n_opportunities
from sides
