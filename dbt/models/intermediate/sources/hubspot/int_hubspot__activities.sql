{#- HubSpot's engagements in the words of one activity. Notes are no activity with anybody; tasks count when they are done, e-mails
    unless they never left. Of several contacts, companies or deals the first that was associated stands for the activity; who
    was at a meeting are all contacts that are associated with it. -#}
{%- set shared = [
    'engagement_id', 'source_name', 'record_key', 'happened_at', 'created_at', 'first_seen_at', 'owner_id', 'created_by_user_id'
] -%}

with headers as (

    {{ newest_sight(ref('stg_hubspot__engagement')) }}

),

-- An engagement is gone when its header is, or the record of its kind.
deletions as (

    select source_name, record_key as engagement_id, min(deleted_at) as deleted_at
    from (
        {%- for kind in ['', '_call', '_email', '_meeting', '_task', '_communication'] %}
        select source_name, record_key, deleted_at
        from ({{ record_deletions(ref('stg_hubspot__engagement' ~ kind), ['engagement' ~ kind]) }}) as engagement{{ kind }}s
        {% if not loop.last %}union all{% endif %}
        {%- endfor %}
    ) as every_deletion
    group by source_name, record_key

),

typed as (
{% for kind in ['call', 'email', 'meeting', 'task', 'communication'] %}
    select distinct source_name, '{{ kind }}' as kind from {{ ref('stg_hubspot__engagement_' ~ kind) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}

),

-- HubSpot's older API tells an engagement and what is particular to its type in one record: of types without a table of their own.
untyped as (

    select of_kind.*
    from (
        select
            *,
            case
                when upper(trim(engagement_type)) in ('EMAIL', 'INCOMING_EMAIL', 'FORWARDED_EMAIL') then 'email'
                when upper(trim(engagement_type)) in ('CALL', 'MEETING', 'TASK') then lower(trim(engagement_type))
            end as kind
        from headers
    ) as of_kind
    left join typed
        on of_kind.source_name = typed.source_name
        and of_kind.kind = typed.kind
    where of_kind.kind is not null and typed.kind is null

),

every_type as (

    select
        {{ shared | join(', ') }},
        'call' as activity_type,
        case when upper(trim(call_direction)) = 'INBOUND' then 'in' else 'out' end as direction,
        coalesce({{ hubspot_call_outcome('call_disposition') }}, call_status) as outcome,
        happened_at as starts_at,
        case
            when duration_milliseconds is not null and happened_at is not null
                then {{ add_time('happened_at', 'cast(round(duration_milliseconds / 1000.0, 0) as integer)', 'second') }}
        end as ends_at,
        cast(round(duration_milliseconds / 1000.0, 0) as bigint) as duration_seconds,
        true as has_happened
    from ({{ newest_sight(ref('stg_hubspot__engagement_call')) }}) as calls
    union all
    select
        {{ shared | join(', ') }},
        'email' as activity_type,
        case when upper(trim(email_direction)) = 'INCOMING_EMAIL' then 'in' else 'out' end as direction,
        email_status as outcome,
        happened_at as starts_at,
        cast(null as timestamp) as ends_at,
        cast(null as bigint) as duration_seconds,
        coalesce(upper(trim(email_status)), 'SENT') not in ('DRAFT', 'SCHEDULED', 'SENDING', 'FAILED') as has_happened
    from ({{ newest_sight(ref('stg_hubspot__engagement_email')) }}) as emails
    union all
    select
        {{ shared | join(', ') }},
        'meeting' as activity_type,
        'out' as direction,
        meeting_outcome as outcome,
        coalesce(starts_at, happened_at) as starts_at,
        ends_at,
        case
            when ends_at >= starts_at then cast({{ microseconds_between('starts_at', 'ends_at') }} / 1000000 as bigint)
        end as duration_seconds,
        true as has_happened
    from ({{ newest_sight(ref('stg_hubspot__engagement_meeting')) }}) as meetings
    union all
    select
        {{ shared | join(', ') }},
        {{ hubspot_task_activity('task_type') }} as activity_type,
        'out' as direction,
        task_status as outcome,
        coalesce(completed_at, happened_at) as starts_at,
        cast(null as timestamp) as ends_at,
        cast(null as bigint) as duration_seconds,
        coalesce(upper(trim(task_status)) = 'COMPLETED', completed_at is not null) as has_happened
    from ({{ newest_sight(ref('stg_hubspot__engagement_task')) }}) as tasks
    union all
    select
        {{ shared | join(', ') }},
        'other' as activity_type,
        'out' as direction,
        channel_type as outcome,
        happened_at as starts_at,
        cast(null as timestamp) as ends_at,
        cast(null as bigint) as duration_seconds,
        true as has_happened
    from ({{ newest_sight(ref('stg_hubspot__engagement_communication')) }}) as messages
    union all
    select
        {{ shared | join(', ') }},
        case when kind = 'task' then {{ hubspot_task_activity('task_type') }} else kind end as activity_type,
        case when upper(trim(engagement_type)) = 'INCOMING_EMAIL' then 'in' else 'out' end as direction,
        coalesce({{ hubspot_call_outcome('call_disposition') }}, engagement_status) as outcome,
        case kind
            when 'meeting' then coalesce(starts_at, happened_at)
            when 'task' then coalesce(completed_at, happened_at)
            else happened_at
        end as starts_at,
        case
            when kind = 'meeting' then ends_at
            when duration_milliseconds is not null and happened_at is not null
                then {{ add_time('happened_at', 'cast(round(duration_milliseconds / 1000.0, 0) as integer)', 'second') }}
        end as ends_at,
        case
            when kind = 'call' then cast(round(duration_milliseconds / 1000.0, 0) as bigint)
            when kind = 'meeting' and ends_at >= starts_at
                then cast({{ microseconds_between('starts_at', 'ends_at') }} / 1000000 as bigint)
        end as duration_seconds,
        case kind
            when 'email' then coalesce(upper(trim(engagement_status)), 'SENT') not in ('DRAFT', 'SCHEDULED', 'SENDING', 'FAILED')
            when 'task' then coalesce(upper(trim(engagement_status)) = 'COMPLETED', completed_at is not null)
            else true
        end as has_happened
    from untyped

),

{%- for kind in ['contact', 'company', 'deal'] %}
{{ kind }}_links as (

    select
        source_name, engagement_id, {{ kind }}_id,
        min(first_at) as first_at
    from (
        select *, min(extracted_at) over (partition by source_name, record_key) as first_at
        from {{ ref('stg_hubspot__engagement_' ~ kind) }}
        qualify
            row_number() over (
                partition by source_name, record_key
                order by
                    version_at desc nulls last, version_sequence desc nulls last, extracted_at desc nulls last,
                    record_number desc nulls last, row_hash desc nulls last
            ) = 1
    ) as links
    where not is_record_deleted
    group by source_name, engagement_id, {{ kind }}_id

),

first_{{ kind }} as (

    select source_name, engagement_id, {{ kind }}_id
    from {{ kind }}_links
    qualify
        row_number() over (
            partition by source_name, engagement_id order by first_at asc nulls last, {{ kind }}_id asc nulls last
        ) = 1

),
{%- endfor %}

attendees as (

    select
        contact_links.source_name,
        contact_links.engagement_id,
        count(distinct case
            when not coalesce(people.is_internal, false) then coalesce(people.person_id, contact_links.contact_id)
        end) as external_count
    from contact_links
    left join {{ ref('int_people') }} as people
        on contact_links.contact_id = people.record_id
        and people.record_kind = 'contact'
    group by contact_links.source_name, contact_links.engagement_id

)

select
    every_type.engagement_id as activity_id,
    every_type.source_name,
    every_type.activity_type,
    every_type.direction,
    every_type.outcome,
    coalesce(every_type.starts_at, headers.happened_at) as occurred_at,
    every_type.ends_at as ended_at,
    every_type.duration_seconds,
    coalesce(every_type.owner_id, headers.owner_id) as owner_id,
    {{ hubspot_person('every_type.created_by_user_id', 'creators.owner_id') }} as created_by_id,
    first_company.company_id as account_id,
    first_contact.contact_id,
    cast(null as varchar) as lead_id,
    first_deal.deal_id as opportunity_id,
    case when every_type.activity_type = 'meeting' then coalesce(attendees.external_count, 0) end as external_attendee_count,
    coalesce(every_type.created_at, headers.created_at, every_type.first_seen_at) as created_at,
    deletions.deleted_at
from every_type
left join headers
    on every_type.source_name = headers.source_name
    and every_type.engagement_id = headers.engagement_id
left join {{ ref('int_hubspot__owners') }} as creators
    on every_type.source_name = creators.source_name
    and every_type.created_by_user_id = creators.user_id
{%- for kind in ['contact', 'company', 'deal'] %}
left join first_{{ kind }}
    on every_type.source_name = first_{{ kind }}.source_name
    and every_type.engagement_id = first_{{ kind }}.engagement_id
{%- endfor %}
left join attendees
    on every_type.source_name = attendees.source_name
    and every_type.engagement_id = attendees.engagement_id
left join deletions
    on every_type.source_name = deletions.source_name
    and every_type.engagement_id = deletions.engagement_id
where every_type.has_happened
