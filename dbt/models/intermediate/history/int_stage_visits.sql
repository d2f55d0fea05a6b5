{#- Stage visits as they happened, as_of-free: one opportunity in one stage over [entered_at, exited_at). Visits tile the life;
    zero-length visits stay, since a step that took no time was still taken. What nothing tells of the time before the first told
    stage is a visit of `(unknown)`: open pipeline, past the bar where what followed is a closing (won and lost count alike), or where
    the pipeline has no bar, which makes all of its open pipeline qualified. `is_entry_told`: nothing longer than path_gap_days went
    by untold before the entry. A first visit that is assumed for longer than that has no known start. -#}
{%- set path_gap = var('path_gap_days') * 86400000000 -%}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with changes as (

    select
        opportunity_id, source_name, field, change_number, changed_at, new_value, changed_by_id, known_at, origin,
        dated_by, coalesce(evidence_gap, 0) as evidence_gap,
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
        dated_by, evidence_gap, next_field, next_changed_at,
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
        lead(stage) over (partition by opportunity_id order by change_number asc nulls first) as next_stage,
        stage = '{{ unknown_stage() }}' as is_unknown
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
    numbered.dated_by,
    numbered.evidence_gap <= {{ path_gap }} as is_entry_told,
    numbered.visit_number > 1
    or (lives.is_start_known and numbered.stage <> '{{ unknown_stage() }}' and numbered.evidence_gap <= {{ path_gap }})
        as is_start_known,
    numbered.previous_stage,
    numbered.previous_pipeline_id,
    numbered.next_stage,
    states.amount as amount_at_entry,
    states.owner_id as owner_id_at_entry,
    case when not numbered.is_unknown then policy.stage_order end as stage_order,
    case when not numbered.is_unknown then policy.phase end as phase,
    numbered.is_unknown or coalesce(policy.is_open, true) as is_open,
    numbered.is_unknown or coalesce(policy.is_pipeline, true) as is_pipeline,
    case
        when numbered.is_unknown then not coalesce(policy.is_open and ladders.has_bar, false)
        when not coalesce(ladders.has_bar, false) and coalesce(policy.is_open, true) then coalesce(policy.is_pipeline, true)
        else coalesce(policy.is_qualified, false)
    end as is_qualified,
    not numbered.is_unknown and coalesce(policy.is_won, false) as is_won,
    coalesce(ladders.has_bar, false) as has_bar,
    numbered.is_unknown or coalesce(policy.kind_basis in ('policy', 'list'), false) as is_stage_in_policy
from numbered
inner join {{ ref('int_opportunity_lives') }} as lives on numbered.opportunity_id = lives.opportunity_id
left join {{ ref('int_opportunity_states') }} as states
    on numbered.opportunity_id = states.opportunity_id
    and numbered.changed_at >= states.valid_from
    and numbered.changed_at < states.valid_to
left join {{ ref('int_stage_policy') }} as policy
    on numbered.pipeline_id = policy.pipeline_id
    and case when numbered.is_unknown then numbered.next_stage else numbered.stage end = policy.stage
    and numbered.changed_at >= policy.valid_from
    and numbered.changed_at < policy.valid_to
left join (select distinct pipeline_id, has_bar, valid_from, valid_to from {{ ref('int_stage_policy') }}) as ladders
    on numbered.pipeline_id = ladders.pipeline_id
    and numbered.changed_at >= ladders.valid_from
    and numbered.changed_at < ladders.valid_to
