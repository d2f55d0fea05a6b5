{#- The part of the path before the opportunity stages, as of as_of: what became of each journey that was on a rung of the lead ladder, went
    past it or began past it, on the rung of the first touch, and on that of its opportunity. A conversion without rungs in between
    skips them. The first touch is outside the ladder: a deal that nobody had as a lead began past all lead stages, touched or not. -#}
with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

journeys as (

    select * from {{ ref('int_funnel_journeys') }}

),

ladders as (

    select
        lead_stage,
        stage_rank,
        lead(lead_stage) over (partition by valid_from order by stage_rank asc nulls first) as next_stage,
        valid_from,
        valid_to
    from (
        select distinct lead_stage, stage_rank, valid_from, valid_to
        from {{ ref('int_lead_stage_policy') }}
        where stage_rank is not null
    ) as rungs

),

lead_visits as (

    select
        journeys.journey_id,
        visits.*,
        row_number() over (partition by visits.lead_id order by visits.visit_number desc nulls last) = 1 as is_last
    from {{ ref('int_lead_stage_visits') }} as visits
    cross join settings
    inner join {{ ref('int_lead_lives') }} as lives on visits.lead_id = lives.lead_id
    left join {{ ref('int_lead_opportunities') }} as links on lives.root_lead_id = links.lead_id
    inner join journeys
        on journeys.journey_of = case when links.opportunity_id is not null then 'opportunity' else 'lead' end
        and journeys.journey_of_id = coalesce(links.opportunity_id, lives.root_lead_id)
    where visits.entered_at < settings.as_of_at

),

-- What moves a journey up: a lead on a rung, one that converts (past all rungs), the opportunity itself (past them too).
steps as (

    select
        journey_id, entered_at, lead_stage, stage_rank, is_converted, false as is_opportunity, lead_id, visit_number
    from lead_visits
    where stage_rank is not null or is_converted
    union all
    select
        journeys.journey_id, opportunities.life_start_at as entered_at, '(opportunity)' as lead_stage,
        cast(null as bigint) as stage_rank, false as is_converted, true as is_opportunity,
        cast(null as varchar) as lead_id, cast(null as bigint) as visit_number
    from journeys
    inner join {{ ref('int_opportunities') }} as opportunities
        on journeys.journey_of = 'opportunity'
        and journeys.journey_of_id = opportunities.opportunity_id

),

numbered as (

    select
        *,
        row_number() over (
            partition by journey_id
            order by
                entered_at asc nulls first, is_opportunity asc nulls first, coalesce(stage_rank, 1000000) asc nulls first,
                lead_id asc nulls first, visit_number asc nulls first
        ) as step_number
    from steps

),

passed as (

    select
        numbered.journey_id,
        numbered.step_number,
        numbered.entered_at,
        ladders.lead_stage as stage,
        ladders.stage_rank,
        coalesce(ladders.next_stage, '(opportunity)') as next_stage,
        ladders.valid_from as ladder_valid_from,
        numbered.lead_stage <> ladders.lead_stage as is_past
    from numbered
    inner join ladders
        on numbered.entered_at >= ladders.valid_from
        and numbered.entered_at < ladders.valid_to
        and (numbered.is_opportunity or numbered.is_converted or ladders.stage_rank <= numbered.stage_rank)
    union all
    select
        journey_id, step_number, entered_at, lead_stage as stage, 1000 as stage_rank, '(won)' as next_stage,
        {{ beginning_of_time() }} as ladder_valid_from, false as is_past
    from numbered
    where is_opportunity

),

rungs as (

    select * from passed
    qualify row_number() over (partition by journey_id, stage order by step_number asc nulls first) = 1

),

-- Any rung further up the ladder of the entry counts, so that a stage that was since taken out of the ladder doesn't end a path.
next_reached as (

    select rungs.journey_id, rungs.stage, min(later.entered_at) as reached_at
    from rungs
    inner join rungs as later
        on rungs.journey_id = later.journey_id
        and rungs.step_number <= later.step_number
    left join ladders as later_ladder
        on rungs.ladder_valid_from = later_ladder.valid_from
        and later.stage = later_ladder.lead_stage
    where coalesce(later_ladder.stage_rank, later.stage_rank) > rungs.stage_rank
    group by rungs.journey_id, rungs.stage

),

beginnings as (

    select journey_id, min(entered_at) as began_at, min(stepped_at) as stepped_at
    from (
        select journey_id, entered_at, entered_at as stepped_at from numbered
        union all
        -- What was rejected from the start, or stands where the policy knows nothing, began too, on no rung.
        select journey_id, entered_at, cast(null as timestamp) as stepped_at from lead_visits
    ) as everything
    group by journey_id

),

wins as (

    select visits.opportunity_id, min(visits.entered_at) as won_at
    from {{ ref('int_stage_visits') }} as visits
    inner join settings on visits.entered_at < settings.as_of_at
    where visits.is_won
    group by visits.opportunity_id

),

losses as (

    select opportunity_id, closed_at as lost_at
    from {{ ref('int_opportunity_outcomes') }}
    inner join settings
        on closed_at < settings.as_of_at
        and ended_at >= settings.as_of_at
    where outcome = 'lost'

),

-- A journey of leads alone is lost while each of its leads stands rejected.
rejections as (

    select journey_id, max(entered_at) as lost_at
    from lead_visits
    where is_last
    group by journey_id
    having min(case when is_rejected then 1 else 0 end) = 1

),

united as (

    select
        journey_id, step_number, stage, stage_rank, next_stage, entered_at,
        is_past and step_number > 1 as is_skipped,
        is_past and step_number = 1 as is_created_later,
        cast(null as timestamp) as first_reached_at
    from rungs
    union all
    select
        journeys.journey_id,
        0 as step_number,
        '(first touch)' as stage,
        0 as stage_rank,
        ladders.lead_stage as next_stage,
        case
            when journeys.first_touch_at <= coalesce(beginnings.began_at, journeys.first_touch_at) then journeys.first_touch_at
            else beginnings.began_at
        end as entered_at,
        false as is_skipped,
        coalesce(journeys.first_touch_at > beginnings.began_at, journeys.first_touch_at is null) as is_created_later,
        beginnings.stepped_at as first_reached_at
    from journeys
    left join beginnings on journeys.journey_id = beginnings.journey_id
    left join ladders
        on ladders.stage_rank = 1
        and coalesce(journeys.first_touch_at, beginnings.began_at) >= ladders.valid_from
        and coalesce(journeys.first_touch_at, beginnings.began_at) < ladders.valid_to

),

judged as (

    select
        united.*,
        journeys.journey_of,
        journeys.journey_of_id,
        wins.won_at,
        coalesce(losses.lost_at, case when journeys.journey_of = 'lead' then rejections.lost_at end) as lost_at,
        case
            when united.stage = '(opportunity)' then wins.won_at
            else coalesce(next_reached.reached_at, united.first_reached_at)
        end as next_at
    from united
    inner join journeys on united.journey_id = journeys.journey_id
    left join next_reached
        on united.journey_id = next_reached.journey_id
        and united.stage = next_reached.stage
    left join wins
        on journeys.journey_of = 'opportunity'
        and journeys.journey_of_id = wins.opportunity_id
    left join losses
        on journeys.journey_of = 'opportunity'
        and journeys.journey_of_id = losses.opportunity_id
    left join rejections on united.journey_id = rejections.journey_id

)

select
    journey_id,
    cast(step_number as bigint) as step_number,
    stage,
    cast(stage_rank as bigint) as stage_rank,
    coalesce(next_stage, '(opportunity)') as next_stage,
    entered_at,
    is_skipped,
    is_created_later,
    {%- for goal in ['next', 'won'] %}
    case
        when is_created_later then 'created_later'
        when {{ goal }}_at is not null then 'reached'
        when lost_at is not null then 'lost'
        else 'open'
    end as {{ goal }}_outcome,
    case when not is_created_later then {{ goal }}_at end as {{ goal }}_at,
    {%- endfor %}
    case when not is_created_later then lost_at end as lost_at
from judged
