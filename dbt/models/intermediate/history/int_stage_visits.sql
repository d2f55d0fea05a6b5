{#- Stage visits as they happened, as_of-free: one opportunity in one stage over [entered_at, exited_at). Visits tile the life
    from the first known stage; zero-length visits stay, since a step that took no time was still taken. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with changes as (

    select
        opportunity_id, source_name, field, change_number, changed_at, new_value, changed_by_id, known_at, origin,
        lead(field) over (partition by opportunity_id order by change_number asc nulls first) as next_field,
        lead(changed_at) over (partition by opportunity_id order by change_number asc nulls first) as next_changed_at
    from {{ ref('int_opportunity_changes') }}
    where
        field in ('stage', 'pipeline_id')
        and {{ changed_opportunities_filter('opportunity_id') }}

),

carried as (

    select
        opportunity_id, source_name, field, change_number, changed_at, changed_by_id, known_at, origin,
        next_field, next_changed_at,
        last_value(case when field = 'stage' then new_value end ignore nulls) over (
            partition by opportunity_id order by change_number asc nulls first
            rows between unbounded preceding and current row
        ) as stage,
        last_value(case when field = 'pipeline_id' then new_value end ignore nulls) over (
            partition by opportunity_id order by change_number asc nulls first
            rows between unbounded preceding and current row
        ) as pipeline_id
    from changes

),

entries as (

    select
        *,
        lag(stage) over (partition by opportunity_id order by change_number asc nulls first) as previous_stage,
        lag(pipeline_id) over (partition by opportunity_id order by change_number asc nulls first) as previous_pipeline_id
    from carried
    where
        stage is not null
        -- A pipeline and a stage changed together are one step.
        and not (field = 'pipeline_id' and coalesce(next_field = 'stage' and next_changed_at = changed_at, false))

),

visits as (

    select * from entries
    where stage is distinct from previous_stage or pipeline_id is distinct from previous_pipeline_id

),

numbered as (

    select
        *,
        row_number() over (partition by opportunity_id order by change_number asc nulls first) as visit_number,
        lead(changed_at) over (partition by opportunity_id order by change_number asc nulls first) as exited_at,
        lead(stage) over (partition by opportunity_id order by change_number asc nulls first) as next_stage
    from visits

)

select
    {{ surrogate_key(['numbered.opportunity_id', 'numbered.visit_number']) }} as visit_id,
    numbered.opportunity_id,
    numbered.source_name,
    numbered.visit_number,
    numbered.pipeline_id,
    numbered.stage,
    numbered.changed_at as entered_at,
    numbered.exited_at,
    numbered.changed_by_id as entered_by_id,
    numbered.known_at,
    numbered.origin,
    lives.is_start_known or numbered.visit_number > 1 as is_start_known,
    numbered.previous_stage,
    numbered.previous_pipeline_id,
    numbered.next_stage,
    states.amount as amount_at_entry,
    states.owner_id as owner_id_at_entry,
    policy.stage_order,
    policy.phase,
    coalesce(policy.is_open, true) as is_open,
    coalesce(policy.is_pipeline, true) as is_pipeline,
    coalesce(policy.is_qualified, false) as is_qualified,
    coalesce(policy.is_won, false) as is_won,
    policy.stage is not null as is_stage_in_policy
from numbered
inner join {{ ref('int_opportunity_lives') }} as lives on numbered.opportunity_id = lives.opportunity_id
left join {{ ref('int_opportunity_states') }} as states
    on numbered.opportunity_id = states.opportunity_id
    and numbered.changed_at >= states.valid_from
    and numbered.changed_at < states.valid_to
left join {{ ref('int_stage_policy') }} as policy
    on numbered.pipeline_id = policy.pipeline_id
    and numbered.stage = policy.stage
    and numbered.changed_at >= policy.valid_from
    and numbered.changed_at < policy.valid_to
