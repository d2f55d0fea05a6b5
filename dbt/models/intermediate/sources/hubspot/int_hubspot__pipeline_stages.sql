{#- HubSpot's stages under the names that people know them by, since ids say nothing and seeds are written by people. Removed
    stages stay: deals were in them. `is_first_of_id` marks the one to take for an id whose pipeline isn't known. -#}
with stages as (

    {{ latest_version(ref('stg_hubspot__deal_pipeline_stage')) }}

)

select
    {{ surrogate_key(['stages.source_name', 'stages.pipeline_id', 'stages.stage_id']) }} as hubspot_stage_id,
    stages.source_name,
    stages.pipeline_id as source_pipeline,
    coalesce(pipelines.pipeline_id, stages.pipeline_id) as pipeline_id,
    stages.stage_id,
    {{ hubspot_name_part('stages.stage_id') }} as stage_name_part,
    coalesce(nullif(trim(stages.stage_label), ''), stages.stage_id) as stage,
    stages.display_order as stage_order,
    coalesce(stages.is_closed, false) as is_closed,
    coalesce(stages.is_closed, false) and coalesce(stages.is_closed_won, stages.stage_probability = 1, false) as is_won,
    cast(stages.stage_probability * 100 as decimal(9, 4)) as default_probability,
    stages.is_record_deleted as is_deleted,
    row_number() over (
        partition by stages.source_name, stages.stage_id
        order by stages.is_record_deleted asc nulls last, stages.pipeline_id asc nulls last
    ) = 1 as is_first_of_id
from stages
left join {{ ref('pipelines') }} as pipelines
    on stages.source_name = pipelines.source_name
    and stages.pipeline_id = pipelines.source_pipeline
