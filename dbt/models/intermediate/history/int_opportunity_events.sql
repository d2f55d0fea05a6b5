{#- What is told of an opportunity's fields, and what becomes of it: what the CRM recorded, and beside it what records show
    (macros/history/extract_differences.sql). What is kept (`is_change`) is the change stream, int_opportunity_changes; what is
    not is here where it says something else than the stream does, so that int_change_repairs can list it.

    The value before the first evidence is the recorded old value, else the first value that is told, assumed since the start of
    life; `observed_at` says from when it is evidenced rather than assumed, `is_assumed` that the first evidence is a recorded change
    which doesn't tell its old value. A stage that is told first and is closed was preceded by `(unknown)`. A column that a file does
    not hold says nothing: only a delivered empty value empties a field, and a stage or pipeline is never empty. -#}
{{ config(materialized='incremental', incremental_strategy='replace_changed', unique_key='opportunity_id') }}

with ranked_versions as (

    select
        *,
        row_number() over (partition by opportunity_id, is_absence order by {{ version_order('') }}) as version_rank
    from {{ ref('int_opportunity_versions') }}
    where {{ changed_opportunities_filter('opportunity_id') }}

),

-- A version that a newer one had superseded when it was extracted is a witness of its own time alone.
versions as (

    select
        *,
        case
            when
                version_rank < max(version_rank) over (
                    partition by opportunity_id, is_absence order by extracted_at asc nulls first
                    range between unbounded preceding and current row
                )
                then least(version_at, extracted_at)
            else extracted_at
        end as seen_at
    from ranked_versions

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

{#- What a version shows beside the value: when it is a witness, and the instants that it tells itself. -#}
{%- set witness -%}
    version_at, version_sequence, extracted_at, load_sequence, record_number, row_hash, modified_by_id, seen_at,
        pipeline_id as version_pipeline_id, stage_entered_at, closed_told_at, close_date as told_close_date, deleted_told_at,
        is_deletion_own
{%- endset %}

observed as (

    {%- for field in opportunity_fields() + (lifted_columns_of('opportunities') | map(attribute='column') | list) %}
    select
        opportunity_id, '{{ field }}' as field,
        {{ normalized_value("'" ~ field ~ "'", 'cast(' ~ field ~ ' as varchar)') }} as new_value,
        {{ witness }}
    from versions
    where not is_absence and {{ was_delivered(field) }}
    {%- if field == 'pipeline_id' %}
    union all
    -- A pipeline that nothing tells is the one that the version stands in for want of another.
    select
        opportunity_id, 'pipeline_id' as field, pipeline_id as new_value,
        {{ witness }}
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
        {{ witness }}
    from versions
    cross join custom_rule_fields
    where not versions.is_absence
    union all
    select
        opportunity_id, 'is_deleted' as field, case when is_deleted then 'true' else 'false' end as new_value,
        {{ witness }}
    from versions

),

{{ extract_differences() }},

newest_pipelines as (

    select opportunity_id, pipeline_id from versions
    where not is_absence
    qualify row_number() over (partition by opportunity_id order by {{ version_order('', 'desc') }}) = 1

),

events as (

    select
        opportunity_id, field, old_value, is_old_value_told, new_value, changed_at, changed_by_id, known_at, known_load_sequence,
        'field_history' as origin, 0 as origin_rank, 'recorded' as dated_by, is_snapshot, is_unreadable, version_sequence,
        record_number, row_hash, changed_at as observed_at, cast(null as bigint) as evidence_gap,
        coalesce(is_entry_date, false) as follows_unknown
    from recorded
    where is_preferred and not is_empty_place
    union all
    select
        opportunity_id, field, cast(null as varchar) as old_value, false as is_old_value_told, new_value, placed_at as changed_at,
        modified_by_id as changed_by_id, extracted_at as known_at,
        load_sequence as known_load_sequence, 'extract_difference' as origin,
        1 as origin_rank, dated_by, false as is_snapshot, false as is_unreadable, version_sequence, record_number, row_hash,
        least(version_at, seen_at) as observed_at, evidence_gap, follows_unknown
    from extract_differences
    union all
    select
        opportunity_id, field, cast(null as varchar) as old_value, false as is_old_value_told, new_value, placed_at as changed_at,
        cast(null as varchar) as changed_by_id, extracted_at as known_at, load_sequence as known_load_sequence,
        'field_history' as origin, 2 as origin_rank, 'extract' as dated_by, true as is_snapshot, false as is_unreadable,
        cast(null as varchar) as version_sequence, cast(null as bigint) as record_number, cast(null as varchar) as row_hash,
        placed_at as observed_at, cast(null as bigint) as evidence_gap, false as follows_unknown
    from reached_back

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

-- What held before the first evidence, and whether it is told or assumed.
firsts as (

    select
        numbered.*,
        numbered.origin_rank = 0 and not numbered.is_old_value_told as is_assumed,
        case
            when numbered.origin_rank = 1 then numbered.follows_unknown
            else
                not numbered.is_old_value_told
                and numbered.placed_at > numbered.life_start_at
                and (numbered.follows_unknown or {{ closed_stage('numbered.field', 'policy') }})
        end as is_past_unknown
    from numbered
    left join newest_pipelines on numbered.opportunity_id = newest_pipelines.opportunity_id
    left join {{ ref('int_stage_policy') }} as policy
        on numbered.field = 'stage'
        and newest_pipelines.pipeline_id = policy.pipeline_id
        and numbered.new_value = policy.stage
        and numbered.placed_at >= policy.valid_from
        and numbered.placed_at < policy.valid_to
    where
        numbered.event_number = 1
        and (
            numbered.origin_rank = 1
            or (numbered.field = 'stage' and numbered.is_old_value_told)
            -- A CRM writes a record and the first row of its history moments apart: that row begins the first visit.
            or {{ microseconds_between('numbered.life_start_at', 'numbered.placed_at') }}
            > case when numbered.field = 'stage' then {{ var('history_skew_minutes') }} * 60000000 else 0 end
        )

),

stream as (

    select
        opportunity_id, source_name, field,
        case
            when is_past_unknown then '{{ unknown_stage() }}'
            when origin_rank = 1 and field = 'is_deleted' then 'false'
            when origin_rank = 0 and is_old_value_told then old_value
            else new_value
        end as new_value,
        life_start_at as changed_at,
        case
            when is_past_unknown or (origin_rank = 0 and is_old_value_told) then life_start_at
            when origin_rank = 1 and field = 'is_deleted' and new_value = 'true' then life_start_at
            else observed_at
        end as observed_at,
        created_by_id as changed_by_id,
        known_at,
        known_load_sequence,
        'creation' as origin,
        case
            when is_past_unknown then 'unknown'
            when origin_rank = 0 and is_old_value_told then 'recorded'
            when observed_at > life_start_at then 'assumed'
            else 'recorded'
        end as dated_by,
        case
            when is_past_unknown or is_assumed then coalesce(evidence_gap, {{ microseconds_between('life_start_at', 'placed_at') }})
            else coalesce(evidence_gap, 0)
        end as evidence_gap,
        cast(null as varchar) as told_old_value,
        false as is_snapshot, false as is_unreadable, false as is_in_file_order, is_assumed and not is_past_unknown as is_assumed,
        0 as event_number
    from firsts
    union all
    select
        numbered.opportunity_id, numbered.source_name, numbered.field, numbered.new_value, numbered.placed_at as changed_at,
        numbered.changed_at as observed_at, numbered.changed_by_id, numbered.known_at, numbered.known_load_sequence,
        numbered.origin, numbered.dated_by, numbered.evidence_gap,
        numbered.old_value as told_old_value,
        numbered.is_snapshot, numbered.is_unreadable, numbered.is_in_file_order, false as is_assumed, numbered.event_number
    from numbered

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
            when is_assumed and field = 'pipeline_id' then 'assumed'
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

{{ events_set_aside() }},

united as (

    select
        opportunity_id, source_name, field, changed_at, observed_at, old_value, new_value, changed_by_id, known_at,
        known_load_sequence, origin, dated_by, evidence_gap, is_change, told_old_value, finding, is_in_file_order,
        cast(null as timestamp) as counted_at, event_number, is_assumed
    from compared
    where is_change or is_in_file_order or finding is not null
    union all
    select
        opportunity_id, source_name, field, changed_at, observed_at, old_value, new_value, changed_by_id, known_at,
        known_load_sequence, origin, cast(null as varchar) as dated_by, cast(null as bigint) as evidence_gap, false as is_change,
        told_old_value, finding, false as is_in_file_order, counted_at, event_number, false as is_assumed
    from set_aside

)

select
    -- Numbered among what is kept or found: how often an extract repeats what is known is no part of it.
    {{ surrogate_key([
        'opportunity_id', 'field', 'row_number() over (partition by opportunity_id, field order by event_number asc nulls first)'
    ]) }} as change_id,
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
    dated_by,
    evidence_gap,
    is_assumed,
    is_change,
    finding,
    is_in_file_order,
    told_old_value,
    counted_at
from united
