{#- Changes of a lead's source, status, lifecycle stage and owner: what the CRM recorded, and where it recorded
    nothing, the differences between successive versions. Per lead and field consecutive values differ; the first row gives the
    value at creation. The rules are those of int_opportunity_changes. A lead of which no creation is told was there at its first
    recorded change, at the latest when an extract first showed it. -#}

with versions as (

    select * from {{ ref('int_lead_versions') }}

),

recorded as (

    select * from {{ united('lead_changes') }}

),

lives as (

    select
        versions.lead_id,
        max_by(versions.source_name, versions.version_at) as source_name,
        max(versions.created_by_id) as created_by_id,
        coalesce(
            min(versions.created_at), least(min(firsts.changed_at), min(versions.extracted_at)), min(versions.extracted_at)
        ) as life_start_at
    from versions
    left join (select lead_id, min(changed_at) as changed_at from recorded group by lead_id) as firsts
        on versions.lead_id = firsts.lead_id
    group by versions.lead_id

),

observed as (

    {%- for field in lead_fields() %}
    select
        lead_id, '{{ field }}' as field, nullif(trim({{ field }}), '') as new_value,
        version_at, version_sequence, extracted_at, record_number, row_hash, modified_by_id
    from versions
    where {{ was_delivered(field) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

differences as (

    select *
    from observed
    qualify
        row_number() over (partition by lead_id, field order by {{ version_order('') }}) = 1
        or new_value is distinct from lag(new_value) over (partition by lead_id, field order by {{ version_order('') }})

),

events as (

    select
        lead_id, field, {{ normalized_value('field', 'old_value') }} as old_value,
        {{ normalized_value('field', 'new_value') }} as new_value,
        changed_at, changed_by_id, known_at, 'field_history' as origin, 0 as origin_rank, version_sequence, record_number,
        row_hash
    from recorded
    union all
    select
        lead_id, field, cast(null as varchar) as old_value, new_value, version_at as changed_at,
        modified_by_id as changed_by_id, extracted_at as known_at, 'extract_difference' as origin, 1 as origin_rank,
        version_sequence, record_number, row_hash
    from differences

),

placed as (

    select
        events.lead_id, events.field, events.old_value, events.new_value,
        greatest(events.changed_at, lives.life_start_at) as changed_at,
        events.changed_by_id, events.known_at, events.origin, events.origin_rank, events.version_sequence,
        events.record_number, events.row_hash, lives.source_name, lives.life_start_at, lives.created_by_id
    from events
    inner join lives on events.lead_id = lives.lead_id

),

numbered as (

    select
        *,
        row_number() over field_order as event_number,
        lead(origin_rank) over field_order as next_origin_rank,
        lead(new_value) over field_order as next_value,
        lead(changed_at) over field_order as next_changed_at
    from placed
    window
        field_order as (
            partition by lead_id, field
            order by
                changed_at asc nulls first, origin_rank asc nulls first, version_sequence asc nulls first,
                known_at asc nulls first, record_number asc nulls first, row_hash asc nulls first
        )

),

without_echoes as (

    select
        *,
        row_number() over (partition by lead_id, field order by event_number asc nulls first) as kept_number
    from numbered
    where
        not (
            origin_rank = 1
            and coalesce(next_origin_rank, 1) = 0
            and new_value is not distinct from next_value
            and {{ microseconds_between('changed_at', 'next_changed_at') }} <= {{ var('history_skew_minutes') }} * 60000000
        )

),

stream as (

    select
        lead_id, source_name, field,
        case when origin_rank = 0 then old_value else new_value end as new_value,
        life_start_at as changed_at, created_by_id as changed_by_id, known_at, 'creation' as origin, 0 as event_number,
        case when origin_rank = 0 then life_start_at else changed_at end as told_at
    from without_echoes
    where kept_number = 1 and changed_at > life_start_at
    union all
    select
        lead_id, source_name, field, new_value, changed_at,
        case when origin_rank = 1 and kept_number = 1 then created_by_id else changed_by_id end as changed_by_id,
        known_at,
        case when origin_rank = 1 and kept_number = 1 then 'creation' else origin end as origin,
        event_number,
        changed_at as told_at
    from without_echoes

),

compressed as (

    select
        *,
        lag(new_value) over (partition by lead_id, field order by event_number asc nulls first) as old_value
    from stream
    qualify new_value is distinct from lag(new_value) over (partition by lead_id, field order by event_number asc nulls first)

)

select
    {{ surrogate_key(['lead_id', 'field', 'event_number']) }} as lead_change_id,
    lead_id,
    source_name,
    field,
    cast(row_number() over (partition by lead_id, field order by event_number asc nulls first) as bigint) as change_number,
    changed_at,
    old_value,
    new_value,
    changed_by_id,
    known_at,
    origin,
    told_at
from compressed
