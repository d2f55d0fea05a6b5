{#- Like latest_version(), but what a deletion says of a record is asked only where nothing else tells of it: deleting often blanks
    the columns, and what was deleted had its life. `first_seen_at` is the first extract with the record where earlier extracts of the
    source lacked it, so that it dates what has no date of its own; NULL where the record was there from the first extract on,
    `begun_at`. -#}
{% macro newest_sight(relation) %}
    select
        *,
        case
            when min(extracted_at) over (partition by source_name, record_key) > min(extracted_at) over (partition by source_name)
                then min(extracted_at) over (partition by source_name, record_key)
        end as first_seen_at,
        min(extracted_at) over (partition by source_name) as begun_at
    from {{ relation }}
    qualify
        row_number() over (
            partition by source_name, record_key
            order by
                is_record_deleted asc nulls last, version_at desc nulls last, version_sequence desc nulls last,
                extracted_at desc nulls last, record_number desc nulls last, row_hash desc nulls last
        ) = 1
{%- endmacro %}

{#- newest_sight() with `deleted_at`, the instant from which the record is gone, NULL while it is there. `objects`: the object's names,
    lower case. -#}
{% macro newest_sight_and_deletion(relation, objects) %}
    select sights.*, deletions.deleted_at
    from ({{ newest_sight(relation) }}) as sights
    left join ({{ record_deletions(relation, objects) }}) as deletions
        on sights.source_name = deletions.source_name
        and sights.record_key = deletions.record_key
{%- endmacro %}
