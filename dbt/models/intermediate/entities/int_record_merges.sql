{#- Records that were merged into another one, of all sources: what hung on them hangs on the survivor. Mergers of survivors are
    followed to the end. The instant is that of the earliest evidence; a loser's own deletion may be earlier still. A merger into a
    record that no extract holds is none: what hung on the loser stays there, and a test lists it. -#}
with recursive evidence as (

    select * from {{ united('merges') }} as united

),

-- One row per record that can survive a merger, with the load that first told of it.
known as (

    {%- for kind, relation, id in mergeable_records() %}
    select '{{ kind }}' as record_kind, {{ id }} as record_id, min(load_sequence) as load_sequence
    from {{ ref(relation) }}
    group by {{ id }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

survived as (

    select
        evidence.record_kind, evidence.source_name, evidence.record_id, evidence.survivor_id, evidence.merged_at,
        greatest(evidence.load_sequence, known.load_sequence) as load_sequence
    from evidence
    inner join known
        on evidence.record_kind = known.record_kind
        and evidence.survivor_id = known.record_id

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
    from survived
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
