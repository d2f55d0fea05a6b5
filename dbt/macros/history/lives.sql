{#- Since when a record is there and until when, by METRICS.md "deletion instant": for whatever people are told by. -#}

{#- The versions of `versions` (a relation with what record_meta() gives) with `seen_at`, the instant at which each is a witness of its
    record: its extract's, but of a version that a newer one had superseded by that extract its own. -#}
{% macro witnessed_versions(versions) %}
    select
        *,
        case
            when
                version_rank < max(version_rank) over (
                    partition by source_name, record_key order by extracted_at asc nulls first
                    range between unbounded preceding and current row
                )
                then least(version_at, extracted_at)
            else extracted_at
        end as seen_at
    from (
        select
            *,
            row_number() over (partition by source_name, record_key order by {{ version_order('') }}) as version_rank
        from {{ versions }}
    ) as ranked_versions
{%- endmacro %}

{#- The witnessed versions of `versions`, and one more where a full extract of `objects` no longer
    holds a record: deleted, dated by that extract. -#}
{% macro versions_and_absences(versions, objects) %}
    select
        source_name, record_key, version_at, version_sequence, extracted_at, record_number, row_hash, is_record_deleted, seen_at
    from ({{ witnessed_versions(versions) }}) as witnesses
    union all
    select
        sightings.source_name, sightings.record_key, spans.next_full_at as version_at, cast(null as varchar) as version_sequence,
        spans.next_full_at as extracted_at, cast(null as bigint) as record_number, 'absent' as row_hash, true as is_record_deleted,
        spans.next_full_at as seen_at
    from (
        select
            source_name, record_key, extracted_at as seen_at,
            lead(extracted_at) over (partition by source_name, record_key order by extracted_at asc nulls first) as next_seen_at
        from (select distinct source_name, record_key, extracted_at from {{ versions }}) as sights
    ) as sightings
    inner join (
        select
            source_name, extracted_at as next_full_at,
            coalesce(
                lag(extracted_at) over (partition by source_name order by extracted_at asc nulls first), {{ beginning_of_time() }}
            ) as begins_at
        from (
            select distinct source_name, extracted_at
            from {{ source('bookkeeping', 'plumbline_files') }}
            where status = 'loaded' and is_full_extract and lower(object_name) in ('{{ objects | join("', '") }}')
        ) as full_extracts
    ) as spans
        on sightings.source_name = spans.source_name
        and sightings.seen_at >= spans.begins_at
        and sightings.seen_at < spans.next_full_at
    where sightings.next_seen_at is null or sightings.next_seen_at > spans.next_full_at
{%- endmacro %}

{#- When each record went and came back: (source_name, record_key, turned_at, is_record_deleted), the first sight left out unless it
    is of a deletion. A flagged deletion bears the version's own time, unless an extract at or after that time still showed the
    record: then it is the extract's that told it. Coming back likewise. What extracts show counts in their order, whatever the
    versions bear. -#}
{% macro record_turns(versions, objects) %}
    select
        source_name, record_key, is_record_deleted,
        {{ told_change_at(
            'version_at', 'extracted_at', 'case when is_record_deleted then alive_seen_at else deleted_seen_at end'
        ) }} as turned_at
    from (
        select
            *,
            lag(is_record_deleted) over version_order as was_deleted,
            max(case when not is_record_deleted then seen_at end) over so_far as alive_seen_at,
            max(case when is_record_deleted then seen_at end) over so_far as deleted_seen_at
        from ({{ versions_and_absences(versions, objects) }}) as all_versions
        window
            version_order as (partition by source_name, record_key order by extracted_at asc nulls first, {{ version_order('') }}),
            so_far as (
                partition by source_name, record_key order by extracted_at asc nulls first, {{ version_order('') }}
                rows between unbounded preceding and 1 preceding
            )
    ) as followed
    where is_record_deleted is distinct from coalesce(was_deleted, false)
{%- endmacro %}

{#- The newest instant from which each record is gone: (source_name, record_key, deleted_at); records that are there have no row. -#}
{% macro record_deletions(versions, objects) %}
    select source_name, record_key, turned_at as deleted_at
    from ({{ record_turns(versions, objects) }}) as turns
    qualify
        row_number() over (partition by source_name, record_key order by turned_at desc nulls last, is_record_deleted asc nulls last) = 1
        and is_record_deleted
{%- endmacro %}

{#- The instant of a change that only extracts tell: the version's own time where it lies after the last extract that showed another
    value, else the extract's. -#}
{% macro told_change_at(version_at, extracted_at, other_seen_at) -%}
    case when {{ other_seen_at }} >= {{ version_at }} then {{ extracted_at }} else {{ version_at }} end
{%- endmacro %}
