{#- E-mails, calls, meetings and tasks of the company's staff with people outside, of all sources. `is_two_way` follows METRICS.md
    §1 except that a meeting must also have ended by as_of, which the mart adds with `ended_at`.

    An activity counts from when it was recorded (`recorded_at`; NULL where nothing dates that, and then it counts since it happened).
    One recorded more than var activity_log_days after it happened is `is_logged_late`. One deleted within var touch_correction_days
    after its instant never was; one deleted later was, and `deleted_at` says since when it is gone. -#}
with judged as (

    select
        *,
        regexp_replace(lower(trim(coalesce(outcome, ''))), '[^a-z]+', '_') as outcome_key
    from {{ united('activities') }} as united
    where
        occurred_at is not null
        and coalesce(deleted_at > {{ add_time('occurred_at', var('touch_correction_days'), 'day') }}, true)
    qualify row_number() over (partition by activity_id order by source_name asc nulls last) = 1

),

flagged as (

    select
        *,
        activity_type = 'meeting'
        and not (outcome_key like '%cancel%' or outcome_key like '%no_show%' or outcome_key in ('noshow', 'declined', 'rescheduled'))
            as is_held,
        activity_type = 'call'
        and (
            coalesce(duration_seconds, 0) >= {{ var('two_way_call_seconds') }}
            or (
                outcome_key like '%connected%'
                and outcome_key not like '%not_connected%' and outcome_key not like '%disconnected%'
            )
        ) as is_connected_call
    from judged

)

select
    flagged.activity_id,
    flagged.source_name,
    flagged.activity_type,
    flagged.direction,
    flagged.outcome,
    flagged.occurred_at,
    coalesce(flagged.ended_at, flagged.occurred_at) as ended_at,
    cast(flagged.duration_seconds as bigint) as duration_seconds,
    flagged.owner_id,
    flagged.created_by_id,
    -- Of the account that it names, or that its opportunity has. Whose account its person had then is for the buying group to say.
    coalesce(flagged.account_id, links.account_id) as account_id,
    flagged.contact_id,
    flagged.lead_id,
    coalesce(contacts.person_id, leads.person_id, flagged.contact_id, flagged.lead_id) as person_id,
    flagged.opportunity_id,
    cast(flagged.external_attendee_count as bigint) as external_attendee_count,
    flagged.is_held,
    case
        when flagged.activity_type = 'meeting' then flagged.is_held and flagged.external_attendee_count > 0
        when coalesce(contacts.is_internal, leads.is_internal, false) then false
        else (flagged.activity_type = 'email' and flagged.direction = 'in') or flagged.is_connected_call
    end as is_two_way,
    flagged.direction = 'out' and flagged.activity_type <> 'task' as is_outbound,
    flagged.created_at as recorded_at,
    coalesce(
        flagged.created_at > {{ add_time('flagged.occurred_at', var('activity_log_days'), 'day') }}, false
    ) as is_logged_late,
    flagged.deleted_at
from flagged
left join {{ ref('int_people') }} as contacts
    on flagged.contact_id = contacts.record_id
    and contacts.record_kind = 'contact'
left join {{ ref('int_people') }} as leads
    on flagged.lead_id = leads.record_id
    and leads.record_kind = 'lead'
left join {{ ref('int_opportunity_links') }} as links on flagged.opportunity_id = links.opportunity_id
