{#- Records that were merged into another one, of all sources: what hung on them hangs on the survivor. Mergers of survivors are
    followed to the end. The instant is that of the earliest evidence; a loser's own deletion may be earlier still. -#}
with recursive evidence as (

    select * from {{ united('merges') }} as united

),

mergers as (

    select
        record_kind,
        trim(record_id) as record_id,
        min_by(source_name, merged_at) as source_name,
        -- Of two survivors the one that was named last is the one that is left.
        max_by(survivor_id, cast(merged_at as varchar) || survivor_id) as survivor_id,
        min(merged_at) as merged_at,
        max(load_sequence) as load_sequence
    from evidence
    where trim(record_id) <> '' and trim(record_id) <> survivor_id
    group by record_kind, trim(record_id)

),

chains as (

    select record_kind, record_id, survivor_id, 1 as steps
    from mergers
    union all
    select chains.record_kind, chains.record_id, mergers.survivor_id, chains.steps + 1 as steps
    from chains
    inner join mergers
        on chains.record_kind = mergers.record_kind
        and chains.survivor_id = mergers.record_id
    -- Records merged into each other in a circle end here instead of never.
    where chains.steps < 10

),

ends as (

    select record_kind, record_id, survivor_id
    from chains
    qualify row_number() over (partition by record_kind, record_id order by steps desc nulls last) = 1

)

select
    {{ surrogate_key(['mergers.record_kind', 'mergers.record_id']) }} as record_merge_id,
    mergers.record_kind,
    mergers.record_id,
    mergers.source_name,
    mergers.survivor_id as merged_into_id,
    ends.survivor_id,
    mergers.merged_at,
    mergers.load_sequence
from mergers
inner join ends
    on mergers.record_kind = ends.record_kind
    and mergers.record_id = ends.record_id
