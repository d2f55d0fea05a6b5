{#- HubSpot's stages. Those of one pipeline that bear the same name are one stage: a removed one and the one that took its
    place. -#}
{{ config(materialized='ephemeral') }}

select
    source_name,
    source_pipeline,
    stage,
    cast(stage_order as bigint) as stage_order,
    cast(null as varchar) as phase,
    is_closed,
    is_won,
    cast(null as boolean) as is_pipeline,
    cast(null as boolean) as is_qualified,
    default_probability,
    not coalesce(is_deleted, false) as is_current,
    false as is_written
from {{ ref('int_hubspot__pipeline_stages') }}
