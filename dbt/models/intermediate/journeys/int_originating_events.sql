{#- The events in the lookback before an opportunity's creation that may have been its origin: somebody raised a hand or called, or
    outreach was answered. Answered is what the same person replied to, where both are known, and only if nobody raised a hand in
    between: then that is the origin, not the answer. One row per judgement of the opportunity and event on record by then. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with opportunities as (

    select opportunities.opportunity_id, opportunities.life_start_at, judgements.judged_from
    from {{ ref('int_opportunities') }} as opportunities
    inner join {{ ref('int_opportunity_judgements') }} as judgements on opportunities.opportunity_id = judgements.opportunity_id
    where {{ changed_opportunities_filter('opportunities.opportunity_id') }}

),

hand_raises as (

    select distinct
        opportunities.opportunity_id,
        opportunities.judged_from,
        touches.touch_id,
        touches.touched_at,
        case
            when functions.parent_function = 'marketing_inbound' then touches.sourcing_function
            else 'marketing_inbound'
        end as inbound_function
    from opportunities
    inner join {{ ref('int_opportunity_touches') }} as touches
        on opportunities.opportunity_id = touches.opportunity_id
        and opportunities.judged_from >= touches.belongs_from
        and opportunities.life_start_at < touches.belongs_to
        and opportunities.life_start_at >= touches.touched_at
        and {{ add_time('opportunities.life_start_at', '-' ~ var('evidence_lookback_days'), 'day') }} <= touches.touched_at
    left join {{ ref('sourcing_functions') }} as functions on touches.sourcing_function = functions.sourcing_function
    where touches.is_hand_raise and not touches.is_partner

),

activities as (

    select activities.*, opportunities.judged_from
    from {{ ref('int_opportunity_activities') }} as activities
    inner join opportunities
        on activities.opportunity_id = opportunities.opportunity_id
        and activities.counts_from <= opportunities.judged_from

),

inbound_events as (

    select
        opportunity_id, judged_from, inbound_function as evidence_function, 'hand_raise' as evidence_kind, touch_id as evidence_id,
        touched_at as evidence_at
    from hand_raises
    union all
    select
        opportunity_id, judged_from, 'marketing_inbound' as evidence_function, 'inbound_call' as evidence_kind, activity_id as evidence_id,
        occurred_at as evidence_at
    from activities
    where activity_type = 'call' and direction = 'in'

),

first_hand_raises as (

    select opportunity_id, judged_from, min(touched_at) as raised_at
    from hand_raises
    group by opportunity_id, judged_from

),

answered_outreach as (

    select
        outreach.opportunity_id, outreach.judged_from, outreach.activity_id, outreach.activity_type, outreach.occurred_at,
        outreach.owner_id, outreach.created_by_id
    from activities as outreach
    inner join activities as replies
        on outreach.opportunity_id = replies.opportunity_id
        and outreach.judged_from = replies.judged_from
        and outreach.occurred_at <= replies.occurred_at
        and coalesce(outreach.person_id, replies.person_id, '') = coalesce(replies.person_id, outreach.person_id, '')
    left join first_hand_raises
        on outreach.opportunity_id = first_hand_raises.opportunity_id
        and outreach.judged_from = first_hand_raises.judged_from
    where
        outreach.is_outbound
        and replies.is_two_way
        and replies.occurred_at <= coalesce(first_hand_raises.raised_at, {{ end_of_time() }})
    group by
        outreach.opportunity_id, outreach.judged_from, outreach.activity_id, outreach.activity_type, outreach.occurred_at,
        outreach.owner_id, outreach.created_by_id

),

outreach_functions as (

    select
        answered_outreach.opportunity_id,
        answered_outreach.judged_from,
        answered_outreach.activity_id,
        answered_outreach.occurred_at,
        {{ outreach_function('owners') }} as owner_function,
        {{ outreach_function('creators') }} as creator_function,
        answered_outreach.activity_type = 'meeting' as is_meeting
    from answered_outreach
    left join {{ ref('int_user_intervals') }} as owners
        on answered_outreach.owner_id = owners.user_id
        and answered_outreach.occurred_at >= owners.valid_from
        and answered_outreach.occurred_at < owners.valid_to
    left join {{ ref('int_user_intervals') }} as creators
        on answered_outreach.created_by_id = creators.user_id
        and answered_outreach.occurred_at >= creators.valid_from
        and answered_outreach.occurred_at < creators.valid_to

),

outbound_events as (

    select
        opportunity_id,
        judged_from,
        -- Who set a meeting sourced it, whoever held it; an e-mail or call is its owner's, whatever system logged it.
        case
            when is_meeting then coalesce(creator_function, owner_function) else coalesce(owner_function, creator_function)
        end as evidence_function,
        'outbound_activity' as evidence_kind,
        activity_id as evidence_id,
        occurred_at as evidence_at
    from outreach_functions
    where owner_function is not null or creator_function is not null

),

united as (

    select opportunity_id, judged_from, evidence_function, evidence_kind, evidence_id, evidence_at from inbound_events
    union all
    select opportunity_id, judged_from, evidence_function, evidence_kind, evidence_id, evidence_at from outbound_events

)

select
    {{ surrogate_key(['opportunity_id', 'judged_from', 'evidence_kind', 'evidence_id']) }} as originating_event_id,
    opportunity_id,
    judged_from,
    evidence_function,
    evidence_kind,
    evidence_id,
    evidence_at
from united
