{#- Hard deletions: a declared full extract that no longer holds an opportunity which an earlier extract held. One row per
    opportunity and first full extract without it; a later sight of the record, changed or not, undeletes it. -#}
with records as (

    select * from {{ united('opportunity_versions', [
        'source_name', 'record_key', 'file_id', 'extracted_at', 'is_record_deleted', 'load_sequence'
    ]) }} as united

),

files as (

    select file_id, source_name, extracted_at, is_full_extract, load_sequence
    from {{ source('bookkeeping', 'plumbline_files') }}
    where status = 'loaded' and lower(object_name) in ('{{ said_by_sources('opportunity_objects') | join("', '") }}')

),

full_extracts as (

    select
        source_name,
        extracted_at,
        max(load_sequence) as load_sequence
    from files
    where is_full_extract
    group by source_name, extracted_at

),

extract_spans as (

    select
        source_name,
        extracted_at as begins_at,
        lead(extracted_at) over (partition by source_name order by extracted_at asc nulls first) as next_full_at,
        lead(load_sequence) over (partition by source_name order by extracted_at asc nulls first) as next_load_sequence
    from full_extracts
    union all
    select
        source_name,
        {{ beginning_of_time() }} as begins_at,
        min(extracted_at) as next_full_at,
        min_by(load_sequence, extracted_at) as next_load_sequence
    from full_extracts
    group by source_name

),

sightings as (

    select
        records.source_name,
        records.record_key,
        case when files.is_full_extract then files.extracted_at else records.extracted_at end as seen_at,
        max(case when records.is_record_deleted then 1 else 0 end) = 1 as is_flagged,
        min(coalesce(files.load_sequence, records.load_sequence)) as load_sequence
    from records
    left join files on records.file_id = files.file_id
    where records.source_name in (select full_extracts.source_name from full_extracts)
    group by records.source_name, records.record_key, seen_at

),

followed as (

    select
        *,
        lead(seen_at) over seen as next_seen_at,
        lead(is_flagged) over seen as is_next_flagged,
        lead(load_sequence) over seen as next_load_sequence
    from sightings
    window seen as (partition by source_name, record_key order by seen_at asc nulls first)

)

select
    followed.source_name,
    followed.record_key,
    spans.next_full_at as absent_at,
    spans.next_load_sequence as load_sequence,
    case when not followed.is_next_flagged then followed.next_seen_at end as seen_again_at,
    case when not followed.is_next_flagged then followed.next_load_sequence end as seen_again_load_sequence
from followed
inner join extract_spans as spans
    on followed.source_name = spans.source_name
    and followed.seen_at >= spans.begins_at
    and followed.seen_at < spans.next_full_at
where followed.next_seen_at is null or followed.next_seen_at > spans.next_full_at
