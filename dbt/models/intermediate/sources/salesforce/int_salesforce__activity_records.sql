{#- Salesforce tasks, events and e-mails in the words of one activity, before people and accounts are looked up. Open tasks have
    not happened and are left out; an e-mail that Salesforce also keeps as a task counts once, as the e-mail. -#}
with tasks as (

    {{ newest_sight(ref('stg_salesforce__task')) }}

),

events as (

    {{ newest_sight(ref('stg_salesforce__event')) }}

),

email_messages as (

    {{ newest_sight(ref('stg_salesforce__email_message')) }}

),

deletions as (

    {%- for object in ['task', 'event', 'email_message'] %}
    select '{{ object }}' as object_name, {{ object }}s.source_name, {{ object }}s.record_key, {{ object }}s.deleted_at
    from ({{ record_deletions(ref('stg_salesforce__' ~ object), [object | replace('_', '')]) }}) as {{ object }}s
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

logged_emails as (

    select distinct activity_id as task_id
    from email_messages
    where activity_id is not null

),

done_tasks as (

    select
        *,
        lower(coalesce(task_subtype, '')) as subtype_key,
        lower(coalesce(task_type, '')) as type_key,
        coalesce(completed_at, created_at) as happened_at
    from tasks
    where
        coalesce(is_closed, completed_at is not null or lower(task_status) in ('completed', 'closed'))
        and task_id not in (select logged.task_id from logged_emails as logged)

),

typed_tasks as (

    select
        *,
        case
            when subtype_key = 'call' or type_key = 'call' or call_type is not null then 'call'
            when subtype_key in ('email', 'listemail') or type_key = 'email' then 'email'
            when type_key = 'meeting' then 'meeting'
            when subtype_key in ('linkedin', 'cadence') then 'other'
            else 'task'
        end as activity_type
    from done_tasks

)

select
    task_id as activity_id,
    records.source_name,
    activity_type,
    case when lower(coalesce(call_type, '')) = 'inbound' then 'in' else 'out' end as direction,
    coalesce(call_disposition, task_status) as outcome,
    happened_at as occurred_at,
    case
        when call_duration_in_seconds is not null then {{ add_time('happened_at', 'call_duration_in_seconds', 'second') }}
    end as ended_at,
    call_duration_in_seconds as duration_seconds,
    owner_id,
    created_by_id,
    account_id,
    who_id,
    what_id,
    cast(null as varchar) as external_address,
    case when activity_type = 'meeting' and who_id is not null then 1 end as stated_attendee_count,
    coalesce(created_at, first_seen_at) as created_at,
    deletions.deleted_at
from typed_tasks as records
left join deletions
    on records.source_name = deletions.source_name
    and records.record_key = deletions.record_key
    and deletions.object_name = 'task'
union all
select
    event_id as activity_id,
    records.source_name,
    'meeting' as activity_type,
    'out' as direction,
    outcome,
    coalesce(starts_at, activity_at) as occurred_at,
    coalesce(
        ends_at, {{ add_time('coalesce(starts_at, activity_at)', 'coalesce(duration_in_minutes, 0)', 'minute') }}
    ) as ended_at,
    duration_in_minutes * 60 as duration_seconds,
    owner_id,
    created_by_id,
    account_id,
    who_id,
    what_id,
    cast(null as varchar) as external_address,
    coalesce(who_count, case when who_id is not null then 1 end) as stated_attendee_count,
    coalesce(created_at, first_seen_at) as created_at,
    deletions.deleted_at
from events as records
left join deletions
    on records.source_name = deletions.source_name
    and records.record_key = deletions.record_key
    and deletions.object_name = 'event'
union all
select
    messages.email_message_id as activity_id,
    messages.source_name,
    'email' as activity_type,
    case when messages.incoming then 'in' else 'out' end as direction,
    messages.email_message_status as outcome,
    coalesce(messages.message_at, messages.created_at) as occurred_at,
    cast(null as timestamp) as ended_at,
    cast(null as bigint) as duration_seconds,
    coalesce(tasks.owner_id, messages.created_by_id) as owner_id,
    messages.created_by_id,
    tasks.account_id,
    tasks.who_id,
    coalesce(messages.related_to_id, tasks.what_id) as what_id,
    lower(trim(case when messages.incoming then messages.from_address else split_part(messages.to_address, ';', 1) end))
        as external_address,
    cast(null as bigint) as stated_attendee_count,
    coalesce(messages.created_at, messages.first_seen_at) as created_at,
    deletions.deleted_at
from email_messages as messages
left join tasks
    on messages.activity_id = tasks.task_id
    and messages.source_name = tasks.source_name
left join deletions
    on messages.source_name = deletions.source_name
    and messages.record_key = deletions.record_key
    and deletions.object_name = 'email_message'
