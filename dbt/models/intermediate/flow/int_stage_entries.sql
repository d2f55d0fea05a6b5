{#- When an opportunity first was in an open stage of a pipeline's ladder or went past it, by the ladder of that instant. A win goes past
    every open stage, a loss past none. What begins past a stage, or comes from another pipeline past it, is not in that stage, also where
    it falls back into it: `is_created_later`. Whether a deal of which nothing tells how it began was in a stage below the first told one
    can't be said: `is_unknown_path`. A step from a closed stage starts where the opportunity was last open. As_of-free. -#}
with ladders as (

    select
        pipeline_id,
        stage,
        open_stage_rank as stage_rank,
        lead(stage) over (
            partition by pipeline_id, valid_from order by open_stage_rank asc nulls first
        ) as next_stage,
        valid_from
    from {{ ref('int_stage_policy') }}
    where open_stage_rank is not null

),

-- Visits that have a place on the ladder.
placed as (

    select
        visits.opportunity_id,
        visits.pipeline_id,
        visits.visit_number,
        visits.stage,
        visits.entered_at,
        visits.is_start_known,
        visits.is_won,
        policy.open_stage_rank as stage_rank,
        policy.valid_from as ladder_valid_from
    from {{ ref('int_stage_visits') }} as visits
    inner join {{ ref('int_stage_policy') }} as policy
        on visits.pipeline_id = policy.pipeline_id
        and visits.stage = policy.stage
        and visits.entered_at >= policy.valid_from
        and visits.entered_at < policy.valid_to
    where policy.open_stage_rank is not null or visits.is_won

),

-- A win in one pipeline goes past the stages of each that the opportunity was in before, so that what left still converts.
won_elsewhere as (

    select
        wins.opportunity_id,
        earlier.pipeline_id,
        wins.visit_number,
        wins.stage,
        wins.entered_at,
        wins.is_start_known,
        wins.is_won,
        cast(null as bigint) as stage_rank,
        ladders.valid_from as ladder_valid_from
    from placed as wins
    inner join (
        select opportunity_id, pipeline_id, min(visit_number) as first_visit_number
        from placed
        group by opportunity_id, pipeline_id
    ) as earlier
        on wins.opportunity_id = earlier.opportunity_id
        and wins.pipeline_id <> earlier.pipeline_id
        and wins.visit_number > earlier.first_visit_number
    inner join (select distinct pipeline_id, valid_from, valid_to from {{ ref('int_stage_policy') }}) as ladders
        on earlier.pipeline_id = ladders.pipeline_id
        and wins.entered_at >= ladders.valid_from
        and wins.entered_at < ladders.valid_to
    where wins.is_won

),

all_placed as (

    select * from placed
    union all
    select * from won_elsewhere

),

-- A path that nothing tells: it may have led through every stage below the first that is told.
unknown_visits as (

    select
        visits.opportunity_id,
        visits.pipeline_id,
        visits.visit_number,
        visits.entered_at,
        spans.valid_from as ladder_valid_from,
        told.open_stage_rank as told_rank
    from {{ ref('int_stage_visits') }} as visits
    inner join (select distinct pipeline_id, valid_from, valid_to from {{ ref('int_stage_policy') }}) as spans
        on visits.pipeline_id = spans.pipeline_id
        and visits.entered_at >= spans.valid_from
        and visits.entered_at < spans.valid_to
    left join {{ ref('int_stage_policy') }} as told
        on visits.pipeline_id = told.pipeline_id
        and visits.next_stage = told.stage
        and spans.valid_from = told.valid_from
    where visits.stage = '{{ unknown_stage() }}'

),

followed as (

    select
        all_placed.*,
        unknown_visits.opportunity_id is null
        and row_number() over (
            partition by all_placed.opportunity_id, all_placed.pipeline_id order by all_placed.visit_number asc nulls first
        ) = 1 as is_first,
        last_value(case when not all_placed.is_won then all_placed.stage end ignore nulls) over so_far as last_open_stage,
        last_value(all_placed.stage_rank ignore nulls) over so_far as last_open_rank
    from all_placed
    left join unknown_visits
        on all_placed.opportunity_id = unknown_visits.opportunity_id
        and all_placed.pipeline_id = unknown_visits.pipeline_id
    window
        so_far as (
            partition by all_placed.opportunity_id, all_placed.pipeline_id order by all_placed.visit_number asc nulls first
            rows between unbounded preceding and 1 preceding
        )

),

steps as (

    select
        followed.*,
        coalesce(ladders.stage_rank, followed.last_open_rank) as from_rank
    from followed
    left join ladders
        on followed.pipeline_id = ladders.pipeline_id
        and followed.last_open_stage = ladders.stage
        and followed.ladder_valid_from = ladders.valid_from

),

passed as (

    select
        steps.opportunity_id,
        steps.pipeline_id,
        ladders.stage,
        ladders.stage_rank,
        ladders.next_stage,
        ladders.valid_from as ladder_valid_from,
        steps.visit_number,
        steps.entered_at,
        steps.is_start_known,
        steps.is_won or steps.stage <> ladders.stage as is_skipped,
        (steps.is_won or steps.stage <> ladders.stage) and steps.is_first as is_created_later,
        false as is_unknown_path
    from steps
    inner join ladders
        on steps.pipeline_id = ladders.pipeline_id
        and steps.ladder_valid_from = ladders.valid_from
    where
        (not steps.is_won and steps.stage = ladders.stage)
        or (
            (steps.is_first or ladders.stage_rank > steps.from_rank)
            and (steps.is_won or ladders.stage_rank < steps.stage_rank)
        )
    union all
    select
        unknown_visits.opportunity_id,
        unknown_visits.pipeline_id,
        ladders.stage,
        ladders.stage_rank,
        ladders.next_stage,
        ladders.valid_from as ladder_valid_from,
        unknown_visits.visit_number,
        unknown_visits.entered_at,
        false as is_start_known,
        false as is_skipped,
        false as is_created_later,
        true as is_unknown_path
    from unknown_visits
    inner join ladders
        on unknown_visits.pipeline_id = ladders.pipeline_id
        and unknown_visits.ladder_valid_from = ladders.valid_from
    where coalesce(ladders.stage_rank < unknown_visits.told_rank, true)

),

first_passed as (

    select * from passed
    qualify
        row_number() over (
            partition by opportunity_id, pipeline_id, stage order by visit_number asc nulls first
        ) = 1

)

select
    first_passed.opportunity_id,
    first_passed.pipeline_id,
    first_passed.stage,
    cast(first_passed.stage_rank as bigint) as stage_rank,
    first_passed.next_stage,
    first_passed.ladder_valid_from,
    cast(first_passed.visit_number as bigint) as visit_number,
    first_passed.entered_at,
    first_passed.is_start_known,
    first_passed.is_skipped and not first_passed.is_created_later as is_skipped,
    first_passed.is_created_later,
    first_passed.is_unknown_path,
    states.amount,
    {{ flow_cell_columns() }}
from first_passed
{{ flow_cell_joins('first_passed.opportunity_id', 'first_passed.entered_at') }}
