{#- The stages that a mapped source lists, with the place of each: whole ladders. -#}
{{ config(materialized='ephemeral') }}

select
    pipeline_id,
    stage,
    cast(stage_order as bigint) as stage_order,
    phase,
    is_open,
    is_won,
    is_pipeline,
    is_qualified,
    cast(default_probability as decimal(9, 4)) as default_probability,
    false as fills_gaps
from ({{ latest_version(ref('stg_generic__stages')) }}) as stages
