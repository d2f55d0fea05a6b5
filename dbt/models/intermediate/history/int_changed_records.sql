{#- What has been loaded since the last successful build, as the ids through which it reaches opportunities. Every id that any
    version of a changed record names counts, old ones too: what a record no longer points to has changed as well. A full build
    asks nothing: everything has. -#}
{#- Named outside the condition, so that the dependencies are known when dbt parses. -#}
{%- set references = said_by_sources('references') -%}
{%- set company_wide = said_by_sources('company_wide') -%}
{%- set company_wide_loads = said_by_sources('company_wide_loads') -%}
{%- set always = ['int_watermark', 'int_record_merges', 'int_user_versions', 'int_changed_stages'] -%}
{%- for relation in always + company_wide + company_wide_loads %}
{%- do ref(relation) %}
{%- endfor %}
{%- for relation, columns in references %}
{%- do ref(relation) %}
{%- endfor %}
{%- do source('bookkeeping', 'plumbline_files') %}

{% if flags.FULL_REFRESH -%}
select 'everything' as kind, 'full build' as id
{%- else -%}
with watermark as (

    select built_load_sequence from {{ ref('int_watermark') }}

),

named as (

    {%- for relation, columns in references %}
    select
        source_name,
        record_key,
        load_sequence,
        {%- for column, kind in columns %}
        cast({{ column }} as varchar) as id_{{ loop.index }},
        '{{ kind }}' as kind_{{ loop.index }},
        {%- endfor %}
        {%- for index in range(columns | length + 1, 8) %}
        cast(null as varchar) as id_{{ index }},
        cast(null as varchar) as kind_{{ index }},
        {%- endfor %}
        '{{ relation }}' as relation,
        '{{ relation.split('__')[1] | replace('_', '') }}' as object_key
    from {{ ref(relation) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

changed_keys as (

    select distinct named.relation, named.source_name, named.record_key
    from named
    cross join watermark
    where named.load_sequence > watermark.built_load_sequence
    union
    -- What a new full extract no longer holds has gone; nothing was loaded of it.
    select distinct named.relation, named.source_name, named.record_key
    from named
    inner join (
        select distinct files.source_name, replace(lower(files.object_name), '_', '') as object_key
        from {{ source('bookkeeping', 'plumbline_files') }} as files
        cross join watermark
        where
            files.status = 'loaded' and files.is_full_extract
            and files.load_sequence > watermark.built_load_sequence
    ) as full_extracts
        on named.source_name = full_extracts.source_name
        and named.object_key = full_extracts.object_key

),

every_version as (

    select named.*
    from named
    inner join changed_keys
        on named.relation = changed_keys.relation
        and named.source_name = changed_keys.source_name
        and named.record_key = changed_keys.record_key

),

ids as (

    {%- for index in range(1, 8) %}
    select kind_{{ index }} as kind, id_{{ index }} as id from every_version where id_{{ index }} is not null
    union
    {%- endfor %}
    {%- for relation, activity_id, id, kind in said_by_sources('activity_links') %}
    -- An activity may say nothing of what it is about: its associations do, also where they themselves didn't change.
    select '{{ kind }}' as kind, links.{{ id }} as id
    from {{ ref(relation) }} as links
    inner join every_version
        on links.source_name = every_version.source_name
        and links.{{ activity_id }} = every_version.id_1
        and every_version.kind_1 = 'activity'
    union
    {%- endfor %}
    {%- for id in ['record_id', 'survivor_id'] %}
    -- A merger may be told by a third record; what hung on the one that went hangs on the survivor now.
    select
        case when record_kind in ('opportunity', 'account') then record_kind else 'person' end as kind,
        {{ id }} as id
    from {{ ref('int_record_merges') }}
    cross join watermark
    where load_sequence > watermark.built_load_sequence
    union
    {%- endfor %}
    select 'everything' as kind, users.user_id as id
    from {{ ref('int_user_versions') }} as users
    cross join watermark
    where users.load_sequence > watermark.built_load_sequence
    {%- for relation in company_wide_loads %}
    union
    select 'everything' as kind, records.record_key as id
    from {{ ref(relation) }} as records
    cross join watermark
    where records.load_sequence > watermark.built_load_sequence
    {%- endfor %}
    {%- for relation in company_wide %}
    union
    select 'everything' as kind, records.record_key as id
    from (
        select
            record_key, load_sequence, row_hash,
            lag(row_hash) over (partition by source_name, record_key order by {{ version_order('') }}) as previous_hash
        from {{ ref(relation) }}
    ) as records
    cross join watermark
    where records.load_sequence > watermark.built_load_sequence and records.row_hash is distinct from records.previous_hash
    {%- endfor %}
    union
    select 'everything' as kind, changed_stages.source_pipeline as id
    from {{ ref('int_changed_stages') }} as changed_stages

)

select kind, id from ids
{%- endif %}
