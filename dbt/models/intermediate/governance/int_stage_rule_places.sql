{#- Where each stage rule holds: in the pipeline that it names, and in every other one that has the ladder of that pipeline's policy, at
    the stage that it names, however spelled. A rule whose pipeline or stage no ladder has holds nowhere and is no row. -#}
{{ config(materialized='view') }}

with places as (

    select rules.rule_id, pipelines.pipeline_id, {{ stage_key('rules.stage') }} as stage_key
    from {{ ref('int_stage_rules') }} as rules
    inner join {{ ref('int_pipelines') }} as pipelines
        on rules.pipeline_id = pipelines.pipeline_id or rules.pipeline_id = pipelines.policy_pipeline_id

)

select distinct
    places.rule_id,
    policy.pipeline_id,
    policy.stage
from places
inner join {{ ref('int_stage_policy') }} as policy
    on places.pipeline_id = policy.pipeline_id
    and places.stage_key = {{ stage_key('policy.stage') }}
