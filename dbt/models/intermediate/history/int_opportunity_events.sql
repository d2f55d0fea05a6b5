{#- What is told of an opportunity's fields, and what becomes of it: what the CRM recorded, and where it recorded nothing, the
    differences between successive versions. What is kept (`is_change`) is the change stream, int_opportunity_changes; what is
    not is here where it says something else than the stream does, so that int_change_repairs can list it.

    A recorded change wins over an extract difference of the same instant; a difference shortly before the same recorded
    change is that change, seen early. The value before the first evidence is the recorded old value, else the first extracted
    one, dated to the start of life; `observed_at` says from when it is evidenced rather than assumed. A column that a file does
    not hold says nothing: only a delivered empty value empties a field, and a stage or pipeline is never empty. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with versions as (

    select * from {{ ref('int_opportunity_versions') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

lives as (

    select * from {{ ref('int_opportunity_lives') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

recorded as (

    select * from {{ ref('int_recorded_changes') }}
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
    {%- if field == 'pipeline_id' %}
    union all
    -- A pipeline that nothing tells is the one that the version stands in for want of another.
    select
        opportunity_id, 'pipeline_id' as field, pipeline_id as new_value,
        version_at, version_sequence, extracted_at, load_sequence, record_number, row_hash, modified_by_id
    from versions
    where
        not is_absence
        and opportunity_id not in (
            select recorded.opportunity_id from recorded
            where recorded.field = 'pipeline_id' and recorded.is_preferred and not recorded.is_empty_place
        )
    qualify max(case when {{ was_delivered('pipeline_id') }} then 1 else 0 end) over (partition by opportunity_id) = 0
    {%- endif %}
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
        'field_history' as origin, 0 as origin_rank, is_snapshot, is_unreadable, version_sequence, record_number, row_hash
    from recorded
    where is_preferred and not is_empty_place
    union all
    select
        opportunity_id, field, cast(null as varchar) as old_value, new_value, version_at as changed_at,
        modified_by_id as changed_by_id, extracted_at as known_at,
        load_sequence as known_load_sequence, 'extract_difference' as origin,
        1 as origin_rank, false as is_snapshot, false as is_unreadable, version_sequence, record_number, row_hash
    from differences

),

placed as (

    select
        events.*,
        greatest(events.changed_at, lives.life_start_at) as placed_at,
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
        lead(placed_at) over field_order as next_placed_at,
        -- Nothing but its place in the file says which of two came first.
        coalesce(lag(new_value) over field_order, '') <> coalesce(new_value, '')
        and coalesce(
            lag(changed_at) over field_order = changed_at
            and lag(origin_rank) over field_order = origin_rank
            and lag(version_sequence) over field_order is not distinct from version_sequence
            and lag(known_at) over field_order is not distinct from known_at,
            false
        ) as is_in_file_order
    from placed
    window
        field_order as (
            partition by opportunity_id, field
            order by
                placed_at asc nulls first, origin_rank asc nulls first, changed_at asc nulls first,
                version_sequence asc nulls first, known_at asc nulls first, record_number asc nulls first,
                row_hash asc nulls first
        )

),

judged as (

    select
        *,
        coalesce(
            origin_rank = 1
            and next_origin_rank = 0
            and new_value is not distinct from next_value
            and {{ microseconds_between('placed_at', 'next_placed_at') }} <= {{ var('history_skew_minutes') }} * 60000000,
            false
        ) as is_echo
    from numbered

),

without_echoes as (

    select
        *,
        row_number() over (partition by opportunity_id, field order by event_number asc nulls first) as kept_number
    from judged
    where not is_echo

),

-- A life is in some pipeline from its start, so the first that is told is taken where nothing says what it replaced.
firsts as (

    select
        *,
        origin_rank = 0 and field = 'pipeline_id' and old_value is null as is_assumed
    from without_echoes
    where kept_number = 1 and placed_at > life_start_at

),

stream as (

    select
        opportunity_id, source_name, field,
        case when origin_rank = 0 and not is_assumed then old_value else new_value end as new_value,
        life_start_at as changed_at,
        case when origin_rank = 0 and not is_assumed then life_start_at else changed_at end as observed_at,
        created_by_id as changed_by_id,
        known_at,
        known_load_sequence,
        'creation' as origin,
        cast(null as varchar) as told_old_value,
        false as is_snapshot, false as is_unreadable, false as is_in_file_order, is_assumed,
        0 as event_number
    from firsts
    union all
    select
        opportunity_id, source_name, field, new_value, placed_at as changed_at, changed_at as observed_at,
        case when origin_rank = 1 and kept_number = 1 then created_by_id else changed_by_id end as changed_by_id,
        known_at,
        known_load_sequence,
        case when origin_rank = 1 and kept_number = 1 then 'creation' else origin end as origin,
        old_value as told_old_value,
        is_snapshot, is_unreadable, is_in_file_order, false as is_assumed, event_number
    from without_echoes

),

followed as (

    select
        *,
        lag(new_value) over so_far as old_value,
        lag(is_assumed) over so_far as follows_assumed
    from stream
    window so_far as (partition by opportunity_id, field order by event_number asc nulls first)

),

compared as (

    select
        *,
        coalesce(new_value is distinct from old_value, false) as is_change,
        case
            when is_unreadable then 'unreadable'
            when is_assumed then 'assumed'
            when
                origin = 'field_history'
                and follows_assumed is null
                and told_old_value is not null
                and coalesce(told_old_value is distinct from new_value, false)
                then 'before_start'
            when follows_assumed is null or follows_assumed or is_snapshot or origin <> 'field_history' then null
            when coalesce(new_value is not distinct from old_value, false) then 'repeated'
            when told_old_value is not null and coalesce(told_old_value is distinct from old_value, false) then 'gap'
        end as finding
    from followed

),

-- What is told beside the stream and isn't in it. Another object's forecast category is left out: it has a vocabulary of its own.
set_aside as (

    select
        opportunity_id, source_name, field, next_value as old_value, new_value, placed_at as changed_at,
        changed_at as observed_at, changed_by_id, known_at, known_load_sequence, origin, cast(null as varchar) as told_old_value,
        'early' as finding, next_placed_at as counted_at, event_number
    from judged
    where is_echo
    union all
    select
        others.opportunity_id, others.source_name, others.field, cast(null as varchar) as old_value, others.new_value,
        others.changed_at, others.changed_at as observed_at, others.changed_by_id, others.known_at,
        others.known_load_sequence, 'field_history' as origin,
        others.old_value as told_old_value,
        case
            when others.is_preferred then 'empty_place'
            when others.is_by_name then 'by_name'
            else 'other_object'
        end as finding,
        cast(null as timestamp) as counted_at,
        -row_number() over (
            partition by others.opportunity_id, others.field
            order by
                others.changed_at asc nulls first, others.precedence asc nulls first, others.version_sequence asc nulls first,
                others.known_at asc nulls first, others.record_number asc nulls first, others.row_hash asc nulls first
        ) as event_number
    from recorded as others
    inner join lives on others.opportunity_id = lives.opportunity_id
    left join recorded as preferred
        on others.opportunity_id = preferred.opportunity_id
        and others.field = preferred.field
        and preferred.is_preferred
        and not others.is_preferred
        and (others.is_by_name or others.new_value is not distinct from preferred.new_value)
        and abs({{ microseconds_between('others.changed_at', 'preferred.changed_at') }})
        <= {{ var('history_skew_minutes') }} * 60000000
    where
        case
            when others.is_preferred then others.is_empty_place
            else preferred.opportunity_id is null and others.field <> 'forecast_category'
        end

),

united as (

    select
        opportunity_id, source_name, field, changed_at, observed_at, old_value, new_value, changed_by_id, known_at,
        known_load_sequence, origin, is_change, told_old_value, finding, is_in_file_order,
        cast(null as timestamp) as counted_at, event_number
    from compared
    where is_change or is_in_file_order or finding is not null
    union all
    select
        opportunity_id, source_name, field, changed_at, observed_at, old_value, new_value, changed_by_id, known_at,
        known_load_sequence, origin, false as is_change, told_old_value, finding, false as is_in_file_order, counted_at, event_number
    from set_aside

)

select
    {{ surrogate_key(['opportunity_id', 'field', 'event_number']) }} as change_id,
    opportunity_id,
    source_name,
    field,
    case
        when is_change
            then row_number() over (
                partition by opportunity_id, is_change
                order by
                    changed_at asc nulls first, {{ field_rank('field') }} asc nulls first, field asc nulls first,
                    event_number asc nulls first
            )
    end as change_number,
    changed_at,
    observed_at,
    old_value,
    new_value,
    changed_by_id,
    known_at,
    known_load_sequence,
    origin,
    is_change,
    finding,
    is_in_file_order,
    told_old_value,
    counted_at
from united
