{#- E-mails, calls, meetings and tasks of the company's staff with people outside, of all sources. `is_two_way` follows METRICS.md
    §1 except that a meeting must also have ended by as_of, which the mart adds with `ended_at`. Invitees who declined and the
    company's own people are no external attendees.

    An activity counts from when it was recorded (`recorded_at`; NULL where nothing dates that, and then it counts since it happened).
    One recorded more than var activity_log_days after it happened is `is_logged_late`. One deleted within var touch_correction_days after its
    instant never was; one deleted later was, and `deleted_at` says since when it is gone. -#}
with addresses as (

    select email, record_kind, record_id
    from (
        select lower(trim(email)) as email, 'contact' as record_kind, contact_id as record_id
        from ({{ latest_version(ref('stg_salesforce__contact')) }}) as contacts
        where not is_record_deleted and email is not null
        union all
        select lower(trim(email)) as email, 'lead' as record_kind, lead_id as record_id
        from ({{ latest_version(ref('stg_salesforce__lead')) }}) as leads
        where not is_record_deleted and email is not null
    ) as every_address
    qualify row_number() over (partition by email order by record_kind asc nulls last, record_id asc nulls last) = 1

),

invitees as (

    select
        relations.event_id,
        relations.source_name,
        count(distinct relations.relation_id) as invited_count,
        count(distinct case
            when lower(coalesce(relations.event_relation_status, '')) <> 'declined' and not people.is_internal then people.person_id
        end) as external_count
    from ({{ latest_version(ref('stg_salesforce__event_relation')) }}) as relations
    inner join {{ ref('int_people') }} as people on relations.relation_id = people.record_id
    where not relations.is_record_deleted and not coalesce(relations.is_what, false)
    group by relations.event_id, relations.source_name

),

from_salesforce as (

    select
        records.activity_id, records.source_name, records.activity_type, records.direction, records.outcome,
        records.occurred_at, records.ended_at, records.duration_seconds, records.owner_id, records.created_by_id,
        coalesce(
            records.account_id, accounts.account_id,
            case when records.what_id like '001%' then records.what_id end
        ) as account_id,
        coalesce(
            contacts.record_id,
            case when leads.record_id is null and records.who_id like '003%' then records.who_id end,
            case when records.who_id is null and addresses.record_kind = 'contact' then addresses.record_id end
        ) as contact_id,
        coalesce(
            leads.record_id,
            case when contacts.record_id is null and records.who_id like '00Q%' then records.who_id end,
            case when records.who_id is null and addresses.record_kind = 'lead' then addresses.record_id end
        ) as lead_id,
        coalesce(
            opportunities.opportunity_id, case when records.what_id like '006%' then records.what_id end
        ) as opportunity_id,
        case
            when records.activity_type <> 'meeting' then null
            when invitees.invited_count is not null then invitees.external_count
            when coalesce(contacts.is_internal, leads.is_internal, false) then 0
            else coalesce(records.stated_attendee_count, 0)
        end as external_attendee_count,
        records.created_at, records.deleted_at
    from {{ ref('int_activity_records') }} as records
    left join invitees
        on records.activity_id = invitees.event_id
        and records.source_name = invitees.source_name
    left join {{ ref('int_people') }} as contacts on records.who_id = contacts.record_id and contacts.record_kind = 'contact'
    left join {{ ref('int_people') }} as leads on records.who_id = leads.record_id and leads.record_kind = 'lead'
    left join addresses on records.external_address = addresses.email
    left join {{ ref('int_accounts') }} as accounts on records.what_id = accounts.account_id
    left join {{ ref('int_opportunity_links') }} as opportunities on records.what_id = opportunities.opportunity_id

),

generic_activities as (

    select * from {{ ref('stg_generic__activities') }}

),

generic_deletions as (

    {{ record_deletions('generic_activities', ['activities']) }}

),

from_generic as (

    select
        activities.activity_id, activities.source_name,
        case
            when lower(trim(activity_type)) in ('email', 'call', 'meeting', 'task') then lower(trim(activity_type))
            else 'other'
        end as activity_type,
        case when lower(trim(direction)) in ('in', 'inbound', 'incoming') then 'in' else 'out' end as direction,
        status as outcome,
        occurred_at, ended_at, duration_seconds, owner_id, created_by_id, account_id, contact_id, lead_id, opportunity_id,
        external_attendee_count, coalesce(created_at, first_seen_at) as created_at, deletions.deleted_at
    from ({{ newest_sight('generic_activities') }}) as activities
    left join generic_deletions as deletions
        on activities.source_name = deletions.source_name
        and activities.record_key = deletions.record_key

),

from_hubspot as (

    select
        activity_id, source_name, activity_type, direction, outcome, occurred_at, ended_at, duration_seconds, owner_id,
        created_by_id, account_id, contact_id, cast(null as varchar) as lead_id, opportunity_id, external_attendee_count,
        created_at, deleted_at
    from {{ ref('int_hubspot_activity_records') }}

),

united as (

    select * from from_salesforce
    union all
    select * from from_hubspot
    union all
    select
        activity_id, source_name, activity_type, direction, outcome, occurred_at, ended_at, duration_seconds, owner_id,
        created_by_id, account_id, contact_id, lead_id, opportunity_id,
        case
            when activity_type = 'meeting'
                then coalesce(external_attendee_count, case when contact_id is not null or lead_id is not null then 1 end, 0)
        end as external_attendee_count,
        created_at, deleted_at
    from from_generic

),

judged as (

    select
        *,
        regexp_replace(lower(trim(coalesce(outcome, ''))), '[^a-z]+', '_') as outcome_key
    from united
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
    coalesce(merged_accounts.survivor_id, flagged.account_id, links.account_id) as account_id,
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
left join {{ ref('int_record_merges') }} as merged_accounts
    on flagged.account_id = merged_accounts.record_id
    and merged_accounts.record_kind = 'account'
