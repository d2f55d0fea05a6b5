{#- The one change stream: what the CRM recorded, and where it recorded nothing, the differences between successive versions.
    Per opportunity and field consecutive values differ; the first row gives the value at the start of life.

    A recorded change wins over an extract difference of the same instant; a difference shortly before the same recorded
    change is that change, seen early. The value before the first evidence is the recorded old value, else the first extracted
    one, dated to the start of life; `observed_at` says from when it is evidenced rather than assumed. A column that a file does
    not hold says nothing: only a delivered empty value empties a field, and a stage is never empty. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with versions as (

    select * from {{ ref('int_opportunity_versions') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

lives as (

    select * from {{ ref('int_opportunity_lives') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

custom_rule_fields as (

    select distinct field
    from {{ ref('stage_rules') }}
    where field like 'custom.%'

),

observed as (

    {%- for field in opportunity_fields() + (lifted_columns_of('opportunities') | map(attribute='column') | list) %}
    select
        opportunity_id, '{{ field }}' as field,
        {{ normalized_value("'" ~ field ~ "'", 'cast(' ~ field ~ ' as varchar)') }} as new_value,
        version_at, version_sequence, extracted_at, load_sequence, record_number, row_hash, modified_by_id
    from versions
    where not is_absence and {{ was_delivered(field) }}
    union all
    {%- endfor %}
    select
        versions.opportunity_id, custom_rule_fields.field,
        nullif(trim({{ json_field('versions.custom_fields', "substr(custom_rule_fields.field, 8)") }}), '') as new_value,
        versions.version_at, versions.version_sequence, versions.extracted_at, versions.load_sequence, versions.record_number,
        versions.row_hash, versions.modified_by_id
    from versions
    cross join custom_rule_fields
    where not versions.is_absence
    union all
    select
        opportunity_id, 'is_deleted' as field, case when is_deleted then 'true' else 'false' end as new_value,
        version_at, version_sequence, extracted_at, load_sequence, record_number, row_hash, modified_by_id
    from versions

),

differences as (

    select *
    from observed
    qualify
        row_number() over (partition by opportunity_id, field order by {{ version_order('') }}) = 1
        or new_value is distinct from lag(new_value) over (partition by opportunity_id, field order by {{ version_order('') }})

),

events as (

    select
        opportunity_id, field, old_value, new_value, changed_at, changed_by_id, known_at, known_load_sequence,
        'field_history' as origin,
        0 as origin_rank, version_sequence, record_number, row_hash
    from {{ ref('int_field_history') }}
    where {{ changed_opportunities_filter('opportunity_id') }}
    union all
    select
        opportunity_id, field, cast(null as varchar) as old_value, new_value, version_at as changed_at,
        modified_by_id as changed_by_id, extracted_at as known_at, load_sequence as known_load_sequence,
        'extract_difference' as origin,
        1 as origin_rank, version_sequence, record_number, row_hash
    from differences

),

placed as (

    select
        events.opportunity_id, events.field, events.old_value, events.new_value,
        greatest(events.changed_at, lives.life_start_at) as changed_at,
        events.changed_at as observed_at,
        events.changed_by_id, events.known_at, events.known_load_sequence, events.origin, events.origin_rank, events.version_sequence,
        events.record_number, events.row_hash,
        lives.source_name, lives.life_start_at, lives.created_by_id
    from events
    inner join lives on events.opportunity_id = lives.opportunity_id

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
            partition by opportunity_id, field
            order by
                changed_at asc nulls first, origin_rank asc nulls first, version_sequence asc nulls first,
                known_at asc nulls first, record_number asc nulls first, row_hash asc nulls first
        )

),

without_echoes as (

    select
        *,
        row_number() over (partition by opportunity_id, field order by event_number asc nulls first) as kept_number
    from numbered
    where
        not (
            origin_rank = 1
            and coalesce(next_origin_rank, 1) = 0
            and new_value is not distinct from next_value
            and {{ microseconds_between('changed_at', 'next_changed_at') }} <= {{ var('history_skew_minutes') }} * 60000000
        )

),

baselines as (

    select
        opportunity_id, source_name, field,
        case when origin_rank = 0 then old_value else new_value end as new_value,
        life_start_at as changed_at,
        case when origin_rank = 0 then life_start_at else observed_at end as observed_at,
        created_by_id as changed_by_id,
        known_at,
        known_load_sequence,
        'creation' as origin,
        0 as event_number
    from without_echoes
    where kept_number = 1 and changed_at > life_start_at

),

stream as (

    select * from baselines
    union all
    select
        opportunity_id, source_name, field, new_value, changed_at, observed_at,
        case when origin_rank = 1 and kept_number = 1 then created_by_id else changed_by_id end as changed_by_id,
        known_at,
        known_load_sequence,
        case when origin_rank = 1 and kept_number = 1 then 'creation' else origin end as origin,
        event_number
    from without_echoes

),

compressed as (

    select
        *,
        lag(new_value) over (partition by opportunity_id, field order by event_number asc nulls first) as old_value
    from stream
    qualify new_value is distinct from lag(new_value) over (partition by opportunity_id, field order by event_number asc nulls first)

),

ordered as (

    select
        *,
        row_number() over (
            partition by opportunity_id
            order by changed_at asc nulls first, {{ field_rank('field') }} asc nulls first, field asc nulls first,
                event_number asc nulls first
        ) as change_number
    from compressed

)

select
    {{ surrogate_key(['opportunity_id', 'field', 'event_number']) }} as change_id,
    opportunity_id,
    source_name,
    field,
    change_number,
    changed_at,
    observed_at,
    old_value,
    new_value,
    changed_by_id,
    known_at,
    known_load_sequence,
    origin
from ordered
