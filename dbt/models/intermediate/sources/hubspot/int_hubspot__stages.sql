{#- HubSpot's stages. Those of one pipeline that bear the same name are one stage: a removed one and the one that took its
    place. -#}
{{ config(materialized='ephemeral') }}

select
    pipeline_id,
    stage,
    cast(stage_order as bigint) as stage_order,
    cast(null as varchar) as phase,
    not is_closed as is_open,
    is_won,
    not is_closed as is_pipeline,
    false as is_qualified,
    default_probability,
    true as fills_gaps
from {{ ref('int_hubspot__pipeline_stages') }}
qualify
    row_number() over (
        partition by pipeline_id, stage
        order by is_deleted asc nulls last, stage_order asc nulls last, stage_id asc nulls last, source_name asc nulls last
    ) = 1
