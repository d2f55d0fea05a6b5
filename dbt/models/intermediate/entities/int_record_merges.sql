{#- Records that were merged into another one, of all sources: what hung on them hangs on the survivor. Mergers of survivors are
    followed to the end. The instant is that of the earliest evidence; a loser's own deletion may be earlier still. -#}
{%- set hubspot_lists = [
    ('opportunity', 'stg_hubspot__deal', 'deal_id', 'merged_deal_ids'),
    ('account', 'stg_hubspot__company', 'company_id', 'merged_company_ids'),
    ('contact', 'stg_hubspot__contact', 'contact_id', 'merged_contact_ids')
] -%}

with recursive evidence as (

    {%- for kind in ['account', 'contact', 'lead'] %}
    select
        '{{ kind }}' as record_kind, source_name, {{ kind }}_id as record_id, master_record_id as survivor_id,
        version_at as merged_at, load_sequence
    from ({{ latest_version(ref('stg_salesforce__' ~ kind)) }}) as {{ kind }}s
    where master_record_id is not null
    union all
    {%- endfor %}
    {%- for kind, relation, id, list in hubspot_lists %}
    select
        '{{ kind }}' as record_kind, source_name, {{ parts_as_rows(list, ';') }} as record_id, {{ id }} as survivor_id,
        version_at as merged_at, load_sequence
    from {{ ref(relation) }}
    where {{ list }} is not null
    union all
    {%- endfor %}
    select
        'opportunity' as record_kind, source_name, {{ parts_as_rows('property_value', ';') }} as record_id,
        deal_id as survivor_id, changed_at as merged_at, load_sequence
    from {{ ref('stg_hubspot__deal_property_history') }}
    where property_name = 'hs_merged_object_ids' and property_value is not null
    union all
    select
        'opportunity' as record_kind, source_name, merged_deal_id as record_id, deal_id as survivor_id,
        extracted_at as merged_at, load_sequence
    from {{ ref('stg_hubspot__merged_deal') }}
    union all
    select
        'contact' as record_kind, source_name, merged_contact_id as record_id, contact_id as survivor_id,
        coalesce(merged_at, extracted_at) as merged_at, load_sequence
    from {{ ref('stg_hubspot__contact_merge_audit') }}

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
