{#- What became of each opportunity that was in a stage or went past it, as of as_of: one row towards the next stage of that instant's
    ladder, one towards won. A later stage is later by the ladder of the entry; one that this ladder doesn't hold, by its own. -#}
with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

entries as (

    select entries.*
    from {{ ref('int_stage_entries') }} as entries
    cross join settings
    inner join {{ ref('int_opportunities') }} as opportunities on entries.opportunity_id = opportunities.opportunity_id
    where
        entries.entered_at < settings.as_of_at
        and coalesce(opportunities.deleted_at >= settings.as_of_at, true)

),

policy as (

    select pipeline_id, stage, open_stage_rank, valid_from, valid_to
    from {{ ref('int_stage_policy') }}
    where open_stage_rank is not null

),

visits as (

    select
        visits.opportunity_id,
        visits.pipeline_id,
        visits.visit_number,
        visits.stage,
        visits.entered_at,
        visits.is_won,
        policy.valid_from as ladder_valid_from,
        policy.open_stage_rank as stage_rank
    from {{ ref('int_stage_visits') }} as visits
    inner join settings on visits.entered_at < settings.as_of_at
    left join policy
        on visits.pipeline_id = policy.pipeline_id
        and visits.stage = policy.stage
        and visits.entered_at >= policy.valid_from
        and visits.entered_at < policy.valid_to
    where visits.is_won or visits.is_open

),

reached as (

    select
        entries.opportunity_id,
        entries.pipeline_id,
        entries.stage,
        min(case when visits.is_won then visits.entered_at end) as won_at,
        min(
            case
                when
                    visits.is_won
                    or coalesce(
                        by_entry.open_stage_rank > entries.stage_rank, visits.stage_rank >= next_by_visit.open_stage_rank
                    )
                    then visits.entered_at
            end
        ) as next_at
    from entries
    inner join visits
        on entries.opportunity_id = visits.opportunity_id
        and entries.visit_number <= visits.visit_number
        and (visits.is_won or entries.pipeline_id = visits.pipeline_id)
    left join policy as by_entry
        on entries.pipeline_id = by_entry.pipeline_id
        and entries.ladder_valid_from = by_entry.valid_from
        and visits.stage = by_entry.stage
    left join policy as next_by_visit
        on visits.pipeline_id = next_by_visit.pipeline_id
        and visits.ladder_valid_from = next_by_visit.valid_from
        and entries.next_stage = next_by_visit.stage
    group by entries.opportunity_id, entries.pipeline_id, entries.stage

),

pairs as (

    select
        entries.*,
        '(won)' as to_stage,
        entries.next_stage is null as is_next_step,
        reached.won_at as reached_at
    from entries
    left join reached
        on entries.opportunity_id = reached.opportunity_id
        and entries.pipeline_id = reached.pipeline_id
        and entries.stage = reached.stage
    union all
    select
        entries.*,
        entries.next_stage as to_stage,
        true as is_next_step,
        reached.next_at as reached_at
    from entries
    left join reached
        on entries.opportunity_id = reached.opportunity_id
        and entries.pipeline_id = reached.pipeline_id
        and entries.stage = reached.stage
    where entries.next_stage is not null

)

select
    pairs.opportunity_id,
    pairs.pipeline_id,
    pairs.stage as from_stage,
    pairs.stage_rank as from_stage_rank,
    pairs.to_stage,
    pairs.is_next_step,
    pairs.entered_at,
    {{ local_date('pairs.entered_at') }} as entered_on,
    pairs.is_skipped,
    case
        when pairs.is_unknown_path then 'unknown_path'
        when pairs.is_created_later then 'created_later'
        when pairs.reached_at is not null then 'reached'
        when closings.outcome = 'lost' then 'lost'
        else 'open'
    end as outcome,
    case
        when not pairs.is_created_later and not pairs.is_unknown_path then coalesce(pairs.reached_at, closings.closed_at)
    end as resolved_at,
    pairs.visit_number,
    pairs.is_start_known,
    pairs.reached_at,
    case when closings.outcome = 'lost' then closings.closed_at end as lost_at,
    case
        when pairs.is_start_known and not pairs.is_created_later and not pairs.is_unknown_path
            then {{ fractional_days('pairs.entered_at', 'pairs.reached_at') }}
    end as days_to_reach,
    pairs.amount,
    pairs.segment,
    pairs.team,
    pairs.claimed_function,
    pairs.evidence_function,
    pairs.creator_role
from pairs
cross join settings
left join {{ ref('int_opportunity_outcomes') }} as closings
    on pairs.opportunity_id = closings.opportunity_id
    and closings.closed_at < settings.as_of_at
    and closings.ended_at >= settings.as_of_at
