with settings as (

    select as_of_at from {{ ref('int_run_settings') }}

),

handoffs as (

    select
        handoffs.*,
        settings.as_of_at,
        case when handoffs.next_handed_at < settings.as_of_at then handoffs.next_handed_at end as next_at,
        case when handoffs.rejected_at < settings.as_of_at then handoffs.rejected_at end as rejected_by_as_of
    from {{ ref('int_lead_handoffs') }} as handoffs
    cross join settings
    where
        handoffs.handed_at < settings.as_of_at
        and coalesce(handoffs.deleted_at >= settings.as_of_at, true)

),

facts as (

    select
        lead_id, field, new_value,
        changed_at as valid_from,
        coalesce(
            lead(changed_at) over (partition by lead_id, field order by change_number asc nulls first), {{ end_of_time() }}
        ) as valid_to
    from {{ ref('int_lead_changes') }}
    where field in ('owner_id', 'source')

),

-- The clock stops at the answer, at the rejection, or when the lead is handed over again.
clocks as (

    select
        *,
        least(coalesce(rejected_by_as_of, as_of_at), coalesce(next_at, as_of_at)) as clock_ends_at
    from handoffs

),

answers as (

    select
        clocks.handoff_id,
        activities.activity_id,
        activities.activity_type,
        activities.occurred_at,
        activities.owner_id,
        intervals.role,
        intervals.team,
        intervals.staff_basis
    from clocks
    inner join {{ ref('int_activities') }} as activities
        on clocks.person_id = activities.person_id
        and clocks.handed_at <= activities.occurred_at
        and clocks.clock_ends_at > activities.occurred_at
        and clocks.as_of_at > coalesce(activities.recorded_at, activities.occurred_at)
    left join {{ ref('int_user_intervals') }} as intervals
        on activities.owner_id = intervals.user_id
        and activities.occurred_at >= intervals.valid_from
        and activities.occurred_at < intervals.valid_to
    where
        activities.is_outbound
        and (activities.activity_type <> 'meeting' or activities.is_held)
        and activities.owner_id is not null
        and coalesce(lower(trim(intervals.raw_role)) not in ('{{ var("automation_roles") | join("', '") }}'), true)
    qualify
        row_number() over (
            partition by clocks.handoff_id
            order by activities.occurred_at asc nulls last, activities.activity_id asc nulls last
        ) = 1

),

measured as (

    select
        clocks.*,
        answers.activity_id as response_activity_id,
        answers.activity_type as response_type,
        answers.occurred_at as responded_at,
        answers.owner_id as responded_by_id,
        answers.role as responder_role,
        answers.team as responder_team,
        answers.staff_basis as responder_basis,
        {{ business_microseconds_until('last_days', 'coalesce(answers.occurred_at, clocks.clock_ends_at)') }}
        - {{ business_microseconds_until('first_days', 'clocks.handed_at') }} as business_microseconds
    from clocks
    left join answers on clocks.handoff_id = answers.handoff_id
    left join {{ ref('int_business_days') }} as first_days
        on {{ local_date('clocks.handed_at') }} = first_days.business_date
    left join {{ ref('int_business_days') }} as last_days
        on {{ local_date('coalesce(answers.occurred_at, clocks.clock_ends_at)') }} = last_days.business_date

),

judged as (

    select
        *,
        case
            when responded_at is not null then business_microseconds <= sla_hours * 3600000000
            when business_microseconds > sla_hours * 3600000000 then false
        end as is_within_sla,
        case
            when is_already_accepted then 'already_accepted'
            when decided_at < as_of_at and decided_at <= coalesce(expires_at, decided_at)
                then case when is_rejected_first then 'rejected' else 'accepted' end
            when expires_at < as_of_at then 'expired'
            else 'pending'
        end as decision
    from measured

)

select
    cast({{ surrogate_key([published_id('judged.lead_id'), 'judged.handoff_number']) }} as varchar) as handoff_id,
    cast({{ published_id('judged.lead_id') }} as varchar) as lead_id,
    judged.handoff_number,
    judged.handoff_kind,
    judged.touch_id,
    judged.raised_at,
    judged.handed_at,
    {{ local_date('judged.handed_at') }} as handed_on,
    judged.stage_at_handoff,
    sources.new_value as claimed_source,
    coalesce(taxonomy.sourcing_function, 'unknown') as claimed_function,
    owners.new_value as owner_id,
    receivers.role as owner_role,
    receivers.team as receiving_team,
    receivers.staff_basis as owner_basis,
    judged.responded_at,
    judged.responded_by_id,
    judged.responder_role,
    judged.responder_team,
    judged.responder_basis,
    judged.response_type,
    judged.response_activity_id,
    case
        when judged.responded_at is not null then 'answered'
        when not judged.is_within_sla then 'overdue'
        when judged.clock_ends_at < judged.as_of_at then 'closed_unanswered'
        else 'waiting'
    end as response_status,
    case when judged.responded_at is not null then {{ as_hours('judged.business_microseconds') }} end as response_business_hours,
    case
        when judged.responded_at is not null
            then {{ as_hours(microseconds_between('judged.handed_at', 'judged.responded_at')) }}
    end as response_elapsed_hours,
    case when judged.responded_at is null then {{ as_hours('judged.business_microseconds') }} end as unanswered_business_hours,
    judged.sla_hours,
    judged.is_within_sla,
    judged.decision,
    case judged.decision
        when 'accepted' then judged.decided_at
        when 'rejected' then judged.decided_at
        when 'expired' then judged.expires_at
    end as decided_at,
    judged.expires_at,
    case
        when judged.decision = 'expired' and judged.decided_at < judged.as_of_at
            and judged.decided_at < coalesce(judged.next_at, judged.as_of_at)
            then judged.decided_at
    end as decided_late_at,
    case
        when judged.rejected_by_as_of < coalesce(judged.next_at, judged.as_of_at) then judged.rejected_by_as_of
    end as rejected_at,
    case
        when judged.rejected_by_as_of < coalesce(judged.next_at, judged.as_of_at) then rejections.raw_value
    end as reject_status,
    case
        when judged.rejected_by_as_of < coalesce(judged.next_at, judged.as_of_at)
            then coalesce(rejections.reason_class, '(unclassified)')
    end as reject_reason,
    coalesce(
        judged.decision in ('accepted', 'already_accepted')
        and judged.rejected_by_as_of < coalesce(judged.next_at, judged.as_of_at), false
    ) as is_rejected_after_acceptance,
    links.opportunity_id
from judged
left join facts as owners
    on owners.field = 'owner_id'
    and judged.lead_id = owners.lead_id
    and judged.handed_at >= owners.valid_from
    and judged.handed_at < owners.valid_to
left join facts as sources
    on sources.field = 'source'
    and judged.lead_id = sources.lead_id
    and judged.handed_at >= sources.valid_from
    and judged.handed_at < sources.valid_to
left join {{ ref('int_user_intervals') }} as receivers
    on owners.new_value = receivers.user_id
    and judged.handed_at >= receivers.valid_from
    and judged.handed_at < receivers.valid_to
left join {{ ref('source_taxonomy') }} as taxonomy on lower(trim(sources.new_value)) = lower(trim(taxonomy.claimed_source))
left join {{ ref('int_lead_stage_visits') }} as rejections
    on judged.lead_id = rejections.lead_id
    and judged.rejecting_visit_number = rejections.visit_number
left join {{ ref('int_lead_opportunities') }} as links on judged.lead_id = links.lead_id
