{#- The pipelines of every source, and the ladder of each: one row per pipeline as its source calls it.

    `policy_pipeline_id` is the pipeline of seeds/stage_policy.csv whose stages are its ladder, NULL where the CRM's are: the policy
    holds where seeds/pipelines.csv says so or the company owns its seeds, and the sample's where it names every open stage that
    the CRM's list shows, else its records. `pipeline_id` is what everything after this calls the pipeline: two sources have one
    together only where seeds/pipelines.csv says so, and none that isn't the policy's is called as the policy's. -#}
with settings as (

    select coalesce(max(owns_seeds), false) as owns_seeds from {{ source('bookkeeping', 'plumbline_settings') }}

),

policy_stages as (

    select distinct pipeline_id, {{ stage_key('stage') }} as stage_key
    from {{ ref('stage_policy') }}

),

policies as (

    select distinct pipeline_id from policy_stages

),

places as (

    select source_name, source_pipeline, min(first_extracted_at) as first_extracted_at
    from {{ ref('int_stage_sightings') }}
    where known = 'now'
    group by source_name, source_pipeline
    union
    select distinct stages.source_name, stages.source_pipeline, cast(null as timestamp) as first_extracted_at
    from {{ ref('int_source_stages') }} as stages
    where not exists (
        select 1 from {{ ref('int_stage_sightings') }} as sightings
        where
            sightings.known = 'now'
            and sightings.source_name = stages.source_name
            and sightings.source_pipeline = stages.source_pipeline
    )

),

candidates as (

    select
        places.*,
        mapped.pipeline_id as mapped_id,
        coalesce(mapped.pipeline_id, by_source.pipeline_id, by_name.pipeline_id) as candidate_id,
        coalesce(mapped.pipeline_id, by_source.pipeline_id) is not null as is_meant
    from places
    left join {{ ref('pipelines') }} as mapped
        on places.source_name = mapped.source_name
        and places.source_pipeline = mapped.source_pipeline
    left join policies as by_source on concat(places.source_name, ':', places.source_pipeline) = by_source.pipeline_id
    left join policies as by_name on places.source_pipeline = by_name.pipeline_id

),

compared as (

    select
        candidates.source_name,
        candidates.source_pipeline,
        count(policy_stages.stage_key) as n_named,
        count(case when stages.kind = 'open' then policy_stages.stage_key end) as n_named_open,
        count(
            case
                when
                    policy_stages.stage_key is null
                    and stages.kind = 'open'
                    and case when stages.has_list then stages.is_current else stages.is_in_records end
                    then 1
            end
        ) as n_unnamed,
        max(case when stages.is_written then 1 else 0 end) = 1 as is_written
    from candidates
    inner join (
        select
            *,
            max(case when is_current then 1 else 0 end) over (partition by source_name, source_pipeline) = 1 as has_list
        from {{ ref('int_source_stages') }}
        where is_current or is_in_records
    ) as stages
        on candidates.source_name = stages.source_name
        and candidates.source_pipeline = stages.source_pipeline
    left join policy_stages
        on candidates.candidate_id = policy_stages.pipeline_id
        and stages.stage_key = policy_stages.stage_key
    group by candidates.source_name, candidates.source_pipeline

),

judged as (

    select
        candidates.*,
        policies.pipeline_id is not null as has_policy,
        coalesce(compared.n_named, 0) as n_named,
        policies.pipeline_id is not null and case
            when candidates.is_meant then true
            -- Of several sources that call a pipeline as the company's policy does, those have it that look like it, and one in any case.
            when settings.owns_seeds
                then
                    coalesce(compared.n_named_open > 0 and compared.n_named_open >= compared.n_unnamed, false)
                    or row_number() over (
                        partition by candidates.source_pipeline, candidates.is_meant
                        order by
                            compared.n_named_open desc nulls last, candidates.first_extracted_at asc nulls last,
                            candidates.source_name asc nulls last
                    ) = 1
            else coalesce(compared.n_named > 0 and compared.n_unnamed = 0 and not compared.is_written, false)
        end as is_policy
    from candidates
    cross join settings
    left join policies on candidates.candidate_id = policies.pipeline_id
    left join compared
        on candidates.source_name = compared.source_name
        and candidates.source_pipeline = compared.source_pipeline

),

-- The source that was there first keeps the name, so that one that comes later changes nothing of it.
named as (

    select
        *,
        row_number() over (
            partition by source_pipeline, is_meant
            order by is_policy desc nulls last, first_extracted_at asc nulls last, n_named desc nulls last, source_name asc nulls last
        ) as name_rank
    from judged

)

select
    {{ surrogate_key(['source_name', 'source_pipeline']) }} as pipeline_key,
    source_name,
    source_pipeline,
    case
        when is_meant then candidate_id
        when name_rank = 1 and (is_policy or not has_policy) then source_pipeline
        else concat(source_name, ':', source_pipeline)
    end as pipeline_id,
    case when is_policy then candidate_id end as policy_pipeline_id
from named
union all
-- What a company has written stands, also where no source has come to it yet.
select
    {{ surrogate_key(['policies.pipeline_id']) }} as pipeline_key,
    cast(null as varchar) as source_name,
    cast(null as varchar) as source_pipeline,
    policies.pipeline_id,
    policies.pipeline_id as policy_pipeline_id
from policies
cross join settings
where settings.owns_seeds and policies.pipeline_id not in (select judged.candidate_id from judged where judged.is_policy)
