{#- Every stage of every pipeline of a source, as the source names them: what its list says, else what most of its records say, else
    what the vendors' own words say, else that it is open pipeline. `kind` is open, won or lost; `kind_basis` which of these told.
    The source's list, shared by all of its pipelines, holds in one that is no record's default for the stages borne there. -#}
with sightings as (

    select * from {{ ref('int_stage_sightings') }}
    where known = 'now'

),

listed as (

    select
        *,
        {{ stage_key('stage', 'source_pipeline') }} as stage_key,
        {{ told_stage_kind('is_closed', 'is_won', 'default_probability') }} as kind
    from {{ united('stages') }} as stages

),

places as (

    select source_name, source_pipeline from sightings
    union
    select source_name, source_pipeline from listed
    where source_pipeline is not null
    union
    select source_name, 'default' as source_pipeline from listed
    where source_pipeline is null

),

in_list as (

    select
        places.source_pipeline as list_pipeline, listed.*
    from listed
    inner join places
        on listed.source_name = places.source_name
        and (listed.source_pipeline is null or listed.source_pipeline = places.source_pipeline)
    left join sightings
        on places.source_name = sightings.source_name
        and places.source_pipeline = sightings.source_pipeline
        and listed.stage_key = sightings.stage_key
    where
        sightings.stage_key is not null
        or (listed.is_current and (listed.source_pipeline is not null or places.source_pipeline = 'default'))
    qualify
        row_number() over (
            partition by places.source_name, places.source_pipeline, listed.stage_key
            order by listed.is_current desc nulls last, listed.stage_order asc nulls last, listed.stage asc nulls last
        ) = 1

),

-- What records say of a stage in the source's other pipelines, where they agree.
elsewhere as (

    select
        source_name, stage_key,
        case when min(kind) = max(kind) then min(kind) end as kind
    from (
        select source_name, stage_key, kind from sightings
        union all
        select source_name, stage_key, kind from listed
    ) as told
    where kind is not null and stage_key is not null
    group by source_name, stage_key

),

keys as (

    select source_name, source_pipeline, stage_key from sightings
    where stage_key is not null
    union
    select source_name, list_pipeline as source_pipeline, stage_key from in_list

),

united as (

    select
        keys.source_name,
        keys.source_pipeline,
        keys.stage_key,
        coalesce({{ bare_stage('in_list.stage', 'keys.source_pipeline') }}, sightings.stage) as stage,
        in_list.stage_order,
        in_list.phase,
        in_list.is_pipeline,
        in_list.is_qualified,
        in_list.default_probability,
        in_list.stage_key is not null as is_listed,
        coalesce(in_list.is_current, false) as is_current,
        coalesce(in_list.is_written, false) as is_written,
        coalesce(sightings.is_in_records, false) as is_in_records,
        in_list.kind as listed_kind,
        coalesce(sightings.kind, elsewhere.kind) as record_kind,
        {{ stage_kind_by_words('keys.stage_key') }} as word_kind
    from keys
    left join in_list
        on keys.source_name = in_list.source_name
        and keys.source_pipeline = in_list.list_pipeline
        and keys.stage_key = in_list.stage_key
    left join sightings
        on keys.source_name = sightings.source_name
        and keys.source_pipeline = sightings.source_pipeline
        and keys.stage_key = sightings.stage_key
    left join elsewhere
        on keys.source_name = elsewhere.source_name
        and keys.stage_key = elsewhere.stage_key

)

select
    source_name,
    source_pipeline,
    stage_key,
    stage,
    stage_order,
    phase,
    is_pipeline,
    is_qualified,
    default_probability,
    is_listed,
    is_current,
    is_written,
    is_in_records,
    case
        when coalesce(listed_kind, record_kind) = 'closed'
            then coalesce(case when record_kind <> 'open' then nullif(record_kind, 'closed') end, word_kind, 'lost')
        else coalesce(listed_kind, record_kind, word_kind, 'open')
    end as kind,
    case
        when listed_kind is not null and is_written then 'policy'
        when listed_kind is not null then 'list'
        when record_kind is not null then 'records'
        when word_kind is not null then 'words'
        else 'assumed'
    end as kind_basis
from united
