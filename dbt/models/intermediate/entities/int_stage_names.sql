{#- The one spelling of each stage name, since records, histories, lists and policies may each have another: the policy's, else a
    list's, else that of records. -#}
with named as (

    select
        {{ stage_key('policy.stage') }} as stage_key,
        trim(policy.stage) as stage,
        1 as precedence,
        policy.valid_from
    from {{ ref('stage_policy') }} as policy
    where policy.pipeline_id in (select pipelines.policy_pipeline_id from {{ ref('int_pipelines') }} as pipelines)
    union all
    select
        stage_key,
        stage,
        case when is_listed then 2 else 3 end as precedence,
        cast(null as date) as valid_from
    from {{ ref('int_source_stages') }}

)

select stage_key, stage
from named
qualify
    row_number() over (
        partition by stage_key order by precedence asc nulls last, valid_from desc nulls last, stage asc nulls last
    ) = 1
