with visits as (

    select * from {{ ref('fct_stage_visits') }}

),

steps as (

    select
        visit_id as transition_id,
        opportunity_id,
        visit_number as transition_number,
        lag(pipeline_id) over (partition by opportunity_id order by visit_number asc nulls first) as from_pipeline_id,
        pipeline_id as to_pipeline_id,
        lag(stage) over (partition by opportunity_id order by visit_number asc nulls first) as from_stage,
        stage as to_stage,
        lag(is_open) over (partition by opportunity_id order by visit_number asc nulls first) as is_from_open,
        is_open as is_to_open,
        is_won as is_to_won,
        lag(entered_at) over (partition by opportunity_id order by visit_number asc nulls first) as from_entered_at,
        entered_at as transitioned_at,
        entered_by_id as transitioned_by_id,
        lag(days_in_stage) over (partition by opportunity_id order by visit_number asc nulls first) as days_in_from_stage,
        amount_at_entry as amount_at_transition,
        amount_at_entry_basis as amount_at_transition_basis,
        owner_id_at_entry as owner_id_at_transition,
        owner_team_at_entry as owner_team_at_transition,
        owner_segment_at_entry as owner_segment_at_transition,
        owner_at_entry_basis as owner_at_transition_basis,
        is_start_known,
        origin,
        known_at
    from visits

),

policy as (

    select pipeline_id, stage, open_stage_rank, valid_from, valid_to
    from {{ ref('int_stage_policy') }}

),

-- Both stages by the ladder of the step; where that no longer holds one of them, by the ladder under which the first was entered.
ranked as (

    select
        steps.*,
        case
            when ladder_to.open_stage_rank is null then earlier_from.open_stage_rank
            when ladder_from.open_stage_rank is null and earlier_to.open_stage_rank is not null then earlier_from.open_stage_rank
            else coalesce(ladder_from.open_stage_rank, earlier_from.open_stage_rank)
        end as from_rank,
        case
            when ladder_to.open_stage_rank is null or ladder_from.open_stage_rank is null
                then coalesce(earlier_to.open_stage_rank, ladder_to.open_stage_rank)
            else ladder_to.open_stage_rank
        end as to_rank
    from steps
    left join policy as ladder_from
        on steps.from_pipeline_id = ladder_from.pipeline_id
        and steps.from_stage = ladder_from.stage
        and steps.transitioned_at >= ladder_from.valid_from
        and steps.transitioned_at < ladder_from.valid_to
    left join policy as ladder_to
        on steps.to_pipeline_id = ladder_to.pipeline_id
        and steps.to_stage = ladder_to.stage
        and steps.transitioned_at >= ladder_to.valid_from
        and steps.transitioned_at < ladder_to.valid_to
    left join policy as earlier_from
        on steps.from_pipeline_id = earlier_from.pipeline_id
        and steps.from_stage = earlier_from.stage
        and steps.from_entered_at >= earlier_from.valid_from
        and steps.from_entered_at < earlier_from.valid_to
    left join policy as earlier_to
        on steps.to_pipeline_id = earlier_to.pipeline_id
        and steps.to_stage = earlier_to.stage
        and steps.from_entered_at >= earlier_to.valid_from
        and steps.from_entered_at < earlier_to.valid_to

)

select
    ranked.transition_id,
    ranked.opportunity_id,
    ranked.transition_number,
    ranked.from_pipeline_id,
    ranked.to_pipeline_id,
    ranked.from_stage,
    ranked.to_stage,
    case
        when ranked.transition_number = 1 then 'created'
        when ranked.from_pipeline_id <> ranked.to_pipeline_id then 'moved'
        when not ranked.is_from_open and not ranked.is_to_open then 'reclassified'
        when not ranked.is_from_open then 'reopened'
        when ranked.is_to_won then 'won'
        when not ranked.is_to_open then 'lost'
        when ranked.from_stage = '{{ unknown_stage() }}' then 'unknown'
        when ranked.to_rank > ranked.from_rank + 1 then 'skip'
        when ranked.to_rank > ranked.from_rank then 'advance'
        when ranked.to_rank < ranked.from_rank then 'regress'
    end as direction,
    case
        when ranked.is_from_open and ranked.is_to_open and ranked.from_pipeline_id = ranked.to_pipeline_id
            then cast(ranked.to_rank - ranked.from_rank as bigint)
    end as stages_moved,
    ranked.transitioned_at,
    periods.fiscal_period_id,
    ranked.transitioned_by_id,
    ranked.days_in_from_stage,
    ranked.amount_at_transition,
    ranked.amount_at_transition_basis,
    ranked.owner_id_at_transition,
    ranked.owner_team_at_transition,
    ranked.owner_segment_at_transition,
    ranked.owner_at_transition_basis,
    ranked.is_start_known,
    ranked.origin,
    ranked.known_at
from ranked
left join {{ ref('int_fiscal_periods') }} as periods
    on ranked.transitioned_at >= periods.starts_at
    and ranked.transitioned_at < periods.ends_at
