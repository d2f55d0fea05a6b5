{#- Lead stage visits as they happened, as_of-free: one lead in one stage of seeds/lead_stage_policy.csv over [entered_at, exited_at), by
    the policy of the instant. Visits tile the life from its first instant as a lead.

    A lead of which no status is known stands on the first rung, and so does one before the first status that is told of it: that
    counts from when it was told, one that means conversion from the conversion. A converted lead whose status doesn't say so
    converts when its record does. HubSpot tells by two fields: a rejection holds until the other field changes, else the field that is
    further along. -#}
with lives as (

    select * from {{ ref('int_lead_lives') }}

),

policy as (

    select * from {{ ref('int_lead_stage_policy') }}

),

recorded as (

    select
        changes.lead_id, lives.record_kind, lives.life_start_at, changes.field, changes.change_number,
        case
            when changes.origin <> 'creation' or changes.field <> 'status' or lives.record_kind <> 'lead' then changes.changed_at
            when policy.is_converted and lives.converted_at <= changes.told_at
                then greatest(lives.converted_at, changes.changed_at)
            else changes.told_at
        end as changed_at,
        coalesce(lower(trim(changes.new_value)), '') as value_key,
        changes.new_value as raw_value,
        changes.changed_by_id, changes.known_at, changes.origin
    from {{ ref('int_lead_changes') }} as changes
    inner join lives on changes.lead_id = lives.lead_id
    left join policy
        on changes.field = policy.field
        and coalesce(lower(trim(changes.new_value)), '') = policy.value_key
        and changes.told_at >= policy.valid_from
        and changes.told_at < policy.valid_to
    where changes.field in ('status', 'lifecycle_stage')

),

events as (

    select * from recorded
    union all
    select
        lives.lead_id, lives.record_kind, lives.life_start_at, 'status' as field, 0 as change_number,
        lives.life_start_at as changed_at, '' as value_key, cast(null as varchar) as raw_value,
        cast(null as varchar) as changed_by_id, cast(null as timestamp) as known_at, 'creation' as origin
    from lives
    left join (select lead_id, min(changed_at) as first_changed_at from recorded group by lead_id) as firsts
        on lives.lead_id = firsts.lead_id
    where lives.record_kind = 'lead' and coalesce(firsts.first_changed_at > lives.life_start_at, true)

),

-- A conversion that only the record tells.
conversions as (

    select
        lives.lead_id, lives.record_kind, lives.life_start_at, 'status' as field, 1000000000 as change_number,
        greatest(lives.converted_at, lives.life_start_at) as changed_at, '(converted)' as value_key,
        cast(null as varchar) as raw_value, cast(null as varchar) as changed_by_id, cast(null as timestamp) as known_at,
        'conversion' as origin
    from lives
    left join (
        select distinct recorded.lead_id
        from recorded
        inner join policy
            on recorded.field = policy.field
            and recorded.value_key = policy.value_key
            and recorded.changed_at >= policy.valid_from
            and recorded.changed_at < policy.valid_to
        where policy.is_converted
    ) as told on lives.lead_id = told.lead_id
    where lives.converted_at is not null and told.lead_id is null

),

numbered as (

    select
        *,
        row_number() over (
            partition by lead_id order by changed_at asc nulls first, field asc nulls first, change_number asc nulls first
        ) as event_number
    from (
        select * from events
        union all
        select * from conversions
    ) as united

),

carried as (

    select
        *,
        {%- for field in ['status', 'lifecycle_stage'] %}
        {%- for column in ['value_key', 'raw_value', 'event_number'] %}
        last_value(
            case when field = '{{ field }}' then {{ "coalesce(raw_value, '')" if column == 'raw_value' else column }} end ignore nulls
        ) over so_far as {{ field }}_{{ column }} {%- if not (loop.last and field == 'lifecycle_stage') %},{% endif %}
        {%- endfor %}
        {%- endfor %}
    from numbered
    window
        so_far as (
            partition by lead_id order by event_number asc nulls first rows between unbounded preceding and current row
        )

),

first_rungs as (

    select distinct lead_stage, valid_from, valid_to
    from policy
    where stage_rank = 1

),

sides as (

    select
        carried.*,
        case
            when carried.status_value_key = '(converted)' then 'converted'
            when by_status.lead_stage is not null then by_status.lead_stage
            when carried.status_value_key <> '' then '(unknown)'
            when carried.record_kind = 'lead' then first_rungs.lead_stage
        end as status_stage,
        case
            when by_lifecycle.lead_stage is not null then by_lifecycle.lead_stage
            when carried.lifecycle_stage_value_key <> '' then '(unknown)'
        end as lifecycle_lead_stage,
        coalesce(by_status.is_rejected, false) as is_status_rejected,
        coalesce(by_lifecycle.is_rejected, false) as is_lifecycle_rejected,
        case
            when by_status.is_converted or carried.status_value_key = '(converted)' then 1000000 else coalesce(by_status.stage_rank, 0)
        end as status_height,
        case when by_lifecycle.is_converted then 1000000 else coalesce(by_lifecycle.stage_rank, 0) end as lifecycle_height
    from carried
    left join policy as by_status
        on by_status.field = 'status'
        and carried.status_value_key = by_status.value_key
        and carried.changed_at >= by_status.valid_from
        and carried.changed_at < by_status.valid_to
    left join policy as by_lifecycle
        on by_lifecycle.field = 'lifecycle_stage'
        and carried.lifecycle_stage_value_key = by_lifecycle.value_key
        and carried.changed_at >= by_lifecycle.valid_from
        and carried.changed_at < by_lifecycle.valid_to
    left join first_rungs
        on carried.changed_at >= first_rungs.valid_from
        and carried.changed_at < first_rungs.valid_to

),

decided as (

    select
        *,
        case
            when lifecycle_lead_stage is null then true
            when status_stage is null then false
            when is_status_rejected and status_event_number > lifecycle_stage_event_number then true
            when is_lifecycle_rejected and lifecycle_stage_event_number > status_event_number then false
            else status_height > lifecycle_height
        end as is_by_status
    from sides

),

staged as (

    select
        lead_id, event_number, changed_at, changed_by_id, known_at, origin, life_start_at,
        coalesce(case when is_by_status then status_stage else lifecycle_lead_stage end, '(outside)') as lead_stage,
        case when is_by_status then 'status' else 'lifecycle_stage' end as told_by,
        case when is_by_status then status_value_key else lifecycle_stage_value_key end as value_key,
        nullif(case when is_by_status then status_raw_value else lifecycle_stage_raw_value end, '') as raw_value
    from decided

),

entries as (

    select
        *,
        lag(lead_stage) over (partition by lead_id order by event_number asc nulls first) as previous_stage,
        max(case when lead_stage <> '(outside)' then 1 else 0 end) over (
            partition by lead_id order by event_number asc nulls first rows between unbounded preceding and current row
        ) as has_begun
    from staged

),

visits as (

    select
        *,
        row_number() over (partition by lead_id order by event_number asc nulls first) as visit_number,
        lead(changed_at) over (partition by lead_id order by event_number asc nulls first) as exited_at
    from entries
    where has_begun = 1 and lead_stage is distinct from previous_stage

),

ladders as (

    select distinct lead_stage, stage_rank, valid_from, valid_to
    from policy

)

select
    {{ surrogate_key(['visits.lead_id', 'visits.visit_number']) }} as lead_visit_id,
    visits.lead_id,
    cast(visits.visit_number as bigint) as visit_number,
    visits.lead_stage,
    case when visits.visit_number > 1 then visits.previous_stage end as previous_stage,
    coalesce(by_value.stage_rank, first_rung.stage_rank) as stage_rank,
    case when visits.visit_number > 1 then previous_rung.stage_rank end as previous_rank,
    case when visits.visit_number > 1 then coalesce(previous_rung.stage_rank is not null, false) end as was_on_ladder,
    visits.told_by,
    visits.raw_value,
    coalesce(by_value.is_handoff, false) as is_handoff,
    coalesce(by_value.is_accepted, visits.value_key = '(converted)') as is_accepted,
    coalesce(by_value.is_rejected, false) as is_rejected,
    coalesce(by_value.is_converted, visits.value_key = '(converted)') as is_converted,
    by_value.reason_class,
    visits.lead_stage <> '(unknown)' as is_stage_in_policy,
    coalesce(by_value.valid_from, first_rung.valid_from) as policy_valid_from,
    visits.changed_at as entered_at,
    visits.exited_at,
    visits.changed_by_id as entered_by_id,
    visits.origin,
    visits.known_at
from visits
left join policy as by_value
    on visits.told_by = by_value.field
    and visits.value_key = by_value.value_key
    and visits.changed_at >= by_value.valid_from
    and visits.changed_at < by_value.valid_to
left join ladders as first_rung
    on visits.value_key = ''
    and visits.lead_stage = first_rung.lead_stage
    and visits.changed_at >= first_rung.valid_from
    and visits.changed_at < first_rung.valid_to
left join ladders as previous_rung
    on visits.previous_stage = previous_rung.lead_stage
    and visits.changed_at >= previous_rung.valid_from
    and visits.changed_at < previous_rung.valid_to
