{#- Each time a lead was handed over: it entered a handoff stage (MQL) or raised a hand, and no earlier handoff was undecided. As_of-free;
    one that nobody decides lies open until it expires (seeds/lead_handoff_targets.csv). Whoever is already accepted can raise a hand
    again, which asks for an answer, not for a decision; what happens after conversion is the opportunity's. -#}
with recursive lives as (

    select * from {{ ref('int_lead_lives') }}

),

visits as (

    select * from {{ ref('int_lead_stage_visits') }}

),

hand_raises as (

    select
        lives.lead_id,
        touches.touch_id,
        touches.touched_at,
        greatest(touches.touched_at, lives.life_start_at) as handed_at
    from {{ ref('int_touches') }} as touches
    inner join lives on touches.person_id = lives.person_id
    left join {{ ref('int_contacts') }} as contacts on touches.contact_id = contacts.contact_id
    where
        touches.is_hand_raise and not touches.is_bot and not touches.is_internal
        -- What a contact did is not the doing of a lead that was converted into it later.
        and not coalesce(
            lives.record_kind = 'lead' and contacts.created_at <= touches.touched_at and lives.converted_at > touches.touched_at,
            false
        )
    -- Of several leads of a person, the one that the touch names, else the newest that lived then.
    qualify
        row_number() over (
            partition by touches.touch_id
            order by
                coalesce(touches.lead_id = lives.lead_id, false) desc nulls last,
                coalesce(lives.deleted_at <= touches.touched_at, false) asc nulls last,
                lives.life_start_at > touches.touched_at asc nulls last,
                case when lives.life_start_at <= touches.touched_at then lives.life_start_at end desc nulls last,
                lives.life_start_at asc nulls last,
                lives.lead_id asc nulls last
        ) = 1

),

events as (

    select
        lead_id, 'hand_raise' as handoff_kind, touch_id, touched_at as raised_at, handed_at, cast(null as bigint) as visit_number
    from hand_raises
    union all
    select
        lead_id, 'mql' as handoff_kind, cast(null as varchar) as touch_id, cast(null as timestamp) as raised_at,
        entered_at as handed_at, visit_number
    from visits
    where is_handoff

),

targets as (

    select
        lower(trim(handoff_kind)) as handoff_kind,
        sla_hours,
        expiry_days,
        coalesce({{ start_of_day('valid_from') }}, {{ beginning_of_time() }}) as valid_from,
        coalesce({{ start_of_day('valid_to') }}, {{ end_of_time() }}) as valid_to
    from {{ ref('lead_handoff_targets') }}

),

placed as (

    select
        events.lead_id, events.handoff_kind, events.touch_id, events.raised_at, events.handed_at,
        coalesce(events.visit_number, max(visits.visit_number)) as visit_number
    from events
    inner join visits
        on events.lead_id = visits.lead_id
        and events.handed_at >= visits.entered_at
    group by
        events.lead_id, events.handoff_kind, events.touch_id, events.raised_at, events.handed_at, events.visit_number

),

candidates as (

    select
        placed.*,
        in_force.lead_stage as stage_at_handoff,
        in_force.is_accepted as is_already_accepted,
        targets.sla_hours,
        {{ add_time('placed.handed_at', 'targets.expiry_days', 'day') }} as expires_at,
        row_number() over (
            partition by placed.lead_id
            order by placed.handed_at asc nulls first, placed.handoff_kind asc nulls first, placed.touch_id asc nulls first,
                placed.visit_number asc nulls first
        ) as candidate_number
    from placed
    inner join visits as in_force
        on placed.lead_id = in_force.lead_id
        and placed.visit_number = in_force.visit_number
        and not in_force.is_converted
    left join targets
        on placed.handoff_kind = targets.handoff_kind
        and placed.handed_at >= targets.valid_from
        and placed.handed_at < targets.valid_to

),

decisions as (

    select
        candidates.lead_id,
        candidates.candidate_number,
        min(visits.visit_number) as decision_number,
        min(case when visits.is_rejected then visits.visit_number end) as rejection_number
    from candidates
    inner join visits
        on candidates.lead_id = visits.lead_id
        and candidates.visit_number < visits.visit_number
    where visits.is_accepted or visits.is_rejected
    group by candidates.lead_id, candidates.candidate_number

),

closing as (

    select
        candidates.*,
        decided.entered_at as decided_at,
        decided.is_rejected as is_rejected_first,
        rejected.entered_at as rejected_at,
        rejected.visit_number as rejecting_visit_number,
        least(coalesce(decided.entered_at, {{ end_of_time() }}), coalesce(candidates.expires_at, {{ end_of_time() }})) as closes_at
    from candidates
    left join decisions
        on candidates.lead_id = decisions.lead_id
        and candidates.candidate_number = decisions.candidate_number
    left join visits as decided
        on decisions.lead_id = decided.lead_id
        and decisions.decision_number = decided.visit_number
    left join visits as rejected
        on decisions.lead_id = rejected.lead_id
        and decisions.rejection_number = rejected.visit_number

),

successors as (

    select
        closing.lead_id,
        closing.candidate_number,
        min(later.candidate_number) as next_number
    from closing
    inner join closing as later
        on closing.lead_id = later.lead_id
        and closing.candidate_number < later.candidate_number
        and closing.closes_at <= later.handed_at
    group by closing.lead_id, closing.candidate_number

),

chain as (

    select lead_id, candidate_number, 1 as handoff_number
    from closing
    where candidate_number = 1
    union all
    select chain.lead_id, successors.next_number as candidate_number, chain.handoff_number + 1 as handoff_number
    from chain
    inner join successors
        on chain.lead_id = successors.lead_id
        and chain.candidate_number = successors.candidate_number

)

select
    {{ surrogate_key(['chain.lead_id', 'chain.handoff_number']) }} as handoff_id,
    chain.lead_id,
    cast(chain.handoff_number as bigint) as handoff_number,
    closing.handoff_kind,
    closing.touch_id,
    closing.raised_at,
    closing.handed_at,
    closing.stage_at_handoff,
    closing.is_already_accepted,
    closing.sla_hours,
    closing.expires_at,
    closing.decided_at,
    closing.is_rejected_first,
    closing.rejected_at,
    closing.rejecting_visit_number,
    lead(closing.handed_at) over (partition by chain.lead_id order by chain.handoff_number asc nulls first) as next_handed_at,
    lives.person_id,
    lives.source_name,
    lives.deleted_at
from chain
inner join closing
    on chain.lead_id = closing.lead_id
    and chain.candidate_number = closing.candidate_number
inner join lives on chain.lead_id = lives.lead_id
