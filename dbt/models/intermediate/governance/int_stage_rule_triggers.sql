{#- When each stage rule is to be judged: one row per stage visit and rule in force.

    An entry rule is triggered by every entry but a regression. An exit rule guards the way forward: an advance, a win or a move
    to another pipeline triggers it, a regression or a loss does not. The rules of open stages that a forward move jumps over, the
    way to won included, are judged at that move, on the visit that it led to. As_of-free. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with visits as (

    select
        visit_id, opportunity_id, source_name, visit_number, pipeline_id, stage, entered_at, entered_by_id, known_at,
        is_start_known, amount_at_entry, owner_id_at_entry, is_open, is_won,
        lag(visit_id) over visit_order as from_visit_id,
        lag(pipeline_id) over visit_order as from_pipeline_id,
        lag(stage) over visit_order as from_stage,
        lag(is_open) over visit_order as from_is_open
    from {{ ref('int_stage_visits') }}
    where {{ changed_opportunities_filter('opportunity_id') }}
    window visit_order as (partition by opportunity_id order by visit_number asc nulls first)

),

-- Ranks among the open stages of the pipeline, by the policy in force when the step was taken.
ranked as (

    select
        visits.*,
        from_policy.open_stage_rank as from_rank,
        to_policy.open_stage_rank as to_rank
    from visits
    left join {{ ref('int_stage_policy') }} as from_policy
        on visits.from_pipeline_id = from_policy.pipeline_id
        and visits.from_stage = from_policy.stage
        and visits.entered_at >= from_policy.valid_from
        and visits.entered_at < from_policy.valid_to
    left join {{ ref('int_stage_policy') }} as to_policy
        on visits.pipeline_id = to_policy.pipeline_id
        and visits.stage = to_policy.stage
        and visits.entered_at >= to_policy.valid_from
        and visits.entered_at < to_policy.valid_to

),

rules as (

    select
        rules.rule_id, rules.on_event, rules.valid_from, rules.valid_to,
        places.pipeline_id,
        places.stage
    from {{ ref('int_stage_rules') }} as rules
    inner join {{ ref('int_stage_rule_places') }} as places on rules.rule_id = places.rule_id

),

moves as (

    select
        *,
        case
            when from_visit_id is null then 'created'
            when pipeline_id <> from_pipeline_id then 'moved'
            when not from_is_open and not is_open then 'reclassified'
            when not from_is_open then 'reopened'
            when is_won then 'won'
            when not is_open then 'lost'
            when to_rank < from_rank then 'regress'
            else 'advance'
        end as move
    from ranked

),

entered as (

    select
        moves.*,
        rules.rule_id,
        moves.visit_id as judged_visit_id,
        rules.stage as judged_stage,
        rules.pipeline_id as judged_pipeline_id,
        false as via_skip
    from moves
    inner join rules
        on moves.pipeline_id = rules.pipeline_id
        and moves.stage = rules.stage
        and moves.entered_at >= rules.valid_from
        and moves.entered_at < rules.valid_to
    where rules.on_event = 'entry' and moves.move <> 'regress'

),

left_forward as (

    select
        moves.*,
        rules.rule_id,
        moves.from_visit_id as judged_visit_id,
        rules.stage as judged_stage,
        rules.pipeline_id as judged_pipeline_id,
        false as via_skip
    from moves
    inner join rules
        on moves.from_pipeline_id = rules.pipeline_id
        and moves.from_stage = rules.stage
        and moves.entered_at >= rules.valid_from
        and moves.entered_at < rules.valid_to
    where rules.on_event = 'exit' and moves.move in ('advance', 'won', 'moved')

),

skipped as (

    select
        moves.*,
        rules.rule_id,
        moves.visit_id as judged_visit_id,
        rules.stage as judged_stage,
        rules.pipeline_id as judged_pipeline_id,
        true as via_skip
    from moves
    inner join {{ ref('int_stage_policy') }} as policy
        on moves.pipeline_id = policy.pipeline_id
        and moves.entered_at >= policy.valid_from
        and moves.entered_at < policy.valid_to
        and moves.from_rank < policy.open_stage_rank
        and (moves.is_won or moves.to_rank > policy.open_stage_rank)
    inner join rules
        on policy.pipeline_id = rules.pipeline_id
        and policy.stage = rules.stage
        and moves.entered_at >= rules.valid_from
        and moves.entered_at < rules.valid_to
    where moves.move in ('advance', 'won')

),

triggered as (

    select * from entered
    union all
    select * from left_forward
    union all
    select * from skipped

)

select
    {{ surrogate_key(['judged_visit_id', 'rule_id']) }} as evaluation_id,
    rule_id,
    opportunity_id,
    source_name,
    judged_visit_id as visit_id,
    judged_pipeline_id as pipeline_id,
    judged_stage as stage,
    entered_at as evaluated_at,
    {{ add_time('entered_at', var('entry_grace_minutes'), 'minute') }} as grace_ends_at,
    via_skip,
    entered_by_id,
    owner_id_at_entry as owner_id,
    amount_at_entry as amount,
    is_start_known,
    known_at
from triggered
