{#- What is told of an opportunity and isn't in its change stream: the CTE `set_aside` over the CTEs of extract_differences() and
    `recorded`, one row per thing told, with its finding (int_change_repairs names the rule of each). -#}
{% macro events_set_aside() %}
-- What is told beside the stream and isn't in it. Another object's forecast category is left out: it has a vocabulary of its own.
set_aside as (

    select
        beside.opportunity_id, lives.source_name, beside.field, beside.new_value as old_value, beside.new_value,
        greatest(beside.seen_at, lives.life_start_at) as changed_at, beside.version_at as observed_at,
        beside.modified_by_id as changed_by_id, beside.extracted_at as known_at, beside.load_sequence as known_load_sequence,
        'extract_difference' as origin, cast(null as varchar) as told_old_value,
        'early' as finding, beside.first_at as counted_at,
        -1000000 - row_number() over (
            partition by beside.opportunity_id, beside.field
            order by beside.seen_at asc nulls first, beside.record_number asc nulls first, beside.row_hash asc nulls first
        ) as event_number
    from beside
    inner join lives on beside.opportunity_id = lives.opportunity_id
    where beside.is_early
    union all
    select
        overruled_versions.opportunity_id, lives.source_name, overruled_versions.field,
        case
            when overruled_versions.finding = 'early' then overruled_versions.new_value
            else nullif(overruled_versions.held_value, chr(30))
        end as old_value,
        overruled_versions.new_value,
        overruled_versions.at_instant as changed_at, overruled_versions.version_at as observed_at,
        overruled_versions.modified_by_id as changed_by_id, overruled_versions.extracted_at as known_at,
        overruled_versions.load_sequence as known_load_sequence, 'extract_difference' as origin,
        cast(null as varchar) as told_old_value, overruled_versions.finding,
        case when overruled_versions.finding = 'early' then overruled_versions.next_at else overruled_versions.held_since end as counted_at,
        -2000000 - row_number() over (
            partition by overruled_versions.opportunity_id, overruled_versions.field
            order by
                overruled_versions.at_instant asc nulls first, overruled_versions.record_number asc nulls first,
                overruled_versions.row_hash asc nulls first
        ) as event_number
    from overruled_versions
    inner join lives on overruled_versions.opportunity_id = lives.opportunity_id
    union all
    select
        extract_differences.opportunity_id, lives.source_name, extract_differences.field, extract_differences.new_value as old_value,
        extract_differences.new_value, extract_differences.placed_at as changed_at, extract_differences.version_at as observed_at,
        extract_differences.modified_by_id as changed_by_id, extract_differences.extracted_at as known_at,
        extract_differences.load_sequence as known_load_sequence, 'extract_difference' as origin,
        cast(null as varchar) as told_old_value, 'outside' as finding, extract_differences.placed_at as counted_at,
        -3000000 - row_number() over (
            partition by extract_differences.opportunity_id, extract_differences.field
            order by
                extract_differences.seen_at asc nulls first, extract_differences.record_number asc nulls first,
                extract_differences.row_hash asc nulls first
        ) as event_number
    from extract_differences
    inner join lives on extract_differences.opportunity_id = lives.opportunity_id
    where extract_differences.has_witness_outside
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

)
{%- endmacro %}
