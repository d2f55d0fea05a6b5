{#- Every stage that a record or a recorded change of an opportunity ever bore, by source and pipeline, as the source names them, and
    what most records say that it is: the records that are newest seen in it, else those that were in it before. One row per
    `known` too: `now`, and `built` by what the last successful build knew, so that an increment sees what changed for everybody.
    A row without a stage stands for the pipeline alone. -#}
{%- set versions_seen = "partition by known, opportunity_id order by " ~ version_order('', 'desc') -%}

with states as (

    select 'now' as known, cast(9223372036854775807 as bigint) as up_to
    {%- if not flags.FULL_REFRESH %}
    union all
    select 'built' as known, built_load_sequence as up_to from {{ ref('int_watermark') }}
    {%- endif %}

),

versions as (

    select
        states.known,
        records.opportunity_id,
        records.source_name,
        {{ told_pipeline('records', 'pipelines') }} as source_pipeline,
        records.stage,
        {{ told_stage_kind('records.is_closed', 'records.is_won') }} as kind,
        records.version_at, records.version_sequence, records.extracted_at, records.record_number, records.row_hash
    from {{ united('opportunity_versions', [
        'opportunity_id', 'source_name', 'pipeline_key', 'source_pipeline', 'stage', 'is_closed', 'is_won', 'version_at',
        'version_sequence', 'extracted_at', 'record_number', 'row_hash', 'load_sequence'
    ]) }} as records
    inner join states on records.load_sequence <= states.up_to
    left join {{ ref('pipelines') }} as pipelines
        on records.source_name = pipelines.source_name
        and records.pipeline_key = pipelines.source_pipeline

),

keyed as (

    select
        *,
        {{ bare_stage('stage', 'source_pipeline') }} as bare_name,
        {{ stage_key('stage', 'source_pipeline') }} as stage_key,
        row_number() over ({{ versions_seen }}) = 1 as is_newest
    from versions

),

-- One vote of each record in each stage: what it said of itself when it was last seen there.
votes as (

    select * from keyed
    where kind is not null and stage_key is not null
    qualify
        row_number() over (
            partition by known, opportunity_id, source_pipeline, stage_key order by {{ version_order('', 'desc') }}
        ) = 1

),

counted as (

    select
        known, source_name, source_pipeline, stage_key,
        count(case when kind = 'open' and is_newest then 1 end) as n_open_now,
        count(case when kind <> 'open' and is_newest then 1 end) as n_closed_now,
        count(case when kind = 'won' and is_newest then 1 end) as n_won_now,
        count(case when kind = 'lost' and is_newest then 1 end) as n_lost_now,
        count(case when kind = 'open' then 1 end) as n_open_ever,
        count(case when kind <> 'open' then 1 end) as n_closed_ever,
        count(case when kind = 'won' then 1 end) as n_won_ever,
        count(case when kind = 'lost' then 1 end) as n_lost_ever
    from votes
    group by known, source_name, source_pipeline, stage_key

),

weighed as (

    select
        known, source_name, source_pipeline, stage_key,
        case when n_open_now + n_closed_now > 0 then n_open_now else n_open_ever end as n_open,
        case when n_open_now + n_closed_now > 0 then n_closed_now else n_closed_ever end as n_closed,
        case when n_open_now + n_closed_now > 0 then n_won_now else n_won_ever end as n_won,
        case when n_open_now + n_closed_now > 0 then n_lost_now else n_lost_ever end as n_lost
    from counted

),

changes as (

    select
        states.known,
        changes.opportunity_id,
        changes.source_name,
        changes.field,
        changes.new_value as told_value
    from {{ united('opportunity_changes', [
        'opportunity_id', 'source_name', 'field', 'new_value', 'precedence', 'known_load_sequence'
    ]) }} as changes
    inner join states on changes.known_load_sequence <= states.up_to
    where changes.field in ('stage', 'pipeline_id') and changes.precedence < 9
    union all
    select
        states.known,
        changes.opportunity_id,
        changes.source_name,
        changes.field,
        changes.old_value as told_value
    from {{ united('opportunity_changes', [
        'opportunity_id', 'source_name', 'field', 'old_value', 'precedence', 'known_load_sequence'
    ]) }} as changes
    inner join states on changes.known_load_sequence <= states.up_to
    where changes.field in ('stage', 'pipeline_id') and changes.precedence < 9

),

pipelines_borne as (

    select known, opportunity_id, source_name, source_pipeline from versions
    union
    select known, opportunity_id, source_name, trim(told_value) as source_pipeline from changes
    where field = 'pipeline_id' and nullif(trim(told_value), '') is not null

),

-- History tells a stage without its pipeline: every one that the opportunity was in.
in_history as (

    select
        pipelines_borne.known,
        pipelines_borne.source_name,
        pipelines_borne.source_pipeline,
        {{ stage_key('changes.told_value') }} as stage_key,
        min({{ bare_stage('changes.told_value') }}) as bare_name
    from changes
    inner join pipelines_borne
        on changes.known = pipelines_borne.known
        and changes.opportunity_id = pipelines_borne.opportunity_id
        and changes.source_name = pipelines_borne.source_name
    where changes.field = 'stage'
    group by pipelines_borne.known, pipelines_borne.source_name, pipelines_borne.source_pipeline, {{ stage_key('changes.told_value') }}

),

seen as (

    select
        known, source_name, source_pipeline, stage_key,
        min(bare_name) as stage,
        true as is_in_records,
        min(extracted_at) as first_extracted_at
    from keyed
    group by known, source_name, source_pipeline, stage_key
    union all
    select
        known, source_name, source_pipeline, stage_key, bare_name as stage, false as is_in_records,
        cast(null as timestamp) as first_extracted_at
    from in_history
    union all
    select
        known, source_name, source_pipeline, cast(null as varchar) as stage_key, cast(null as varchar) as stage,
        false as is_in_records, cast(null as timestamp) as first_extracted_at
    from pipelines_borne

),

merged as (

    select
        known, source_name, source_pipeline, stage_key,
        min(stage) as stage,
        max(case when is_in_records then 1 else 0 end) = 1 as is_in_records,
        min(first_extracted_at) as first_extracted_at
    from seen
    group by known, source_name, source_pipeline, stage_key

)

select
    merged.known,
    merged.source_name,
    merged.source_pipeline,
    merged.stage_key,
    merged.stage,
    merged.is_in_records,
    merged.first_extracted_at,
    case
        when weighed.stage_key is null then null
        when weighed.n_open > weighed.n_closed then 'open'
        when weighed.n_closed <= weighed.n_open then null
        when weighed.n_won > weighed.n_lost then 'won'
        when weighed.n_lost > weighed.n_won then 'lost'
        else 'closed'
    end as kind
from merged
left join weighed
    on merged.known = weighed.known
    and merged.source_name = weighed.source_name
    and merged.source_pipeline = weighed.source_pipeline
    and merged.stage_key = weighed.stage_key
