{#- The stages that a mapped source lists, with the place of each. Those that stand in the mapping itself are the company's own policy. -#}
{{ config(materialized='ephemeral') }}

select
    stages.source_name,
    coalesce(nullif(trim(stages.pipeline_id), ''), 'default') as source_pipeline,
    stages.stage,
    cast(stages.stage_order as bigint) as stage_order,
    stages.phase,
    not stages.is_open as is_closed,
    stages.is_won,
    stages.is_pipeline,
    stages.is_qualified,
    cast(stages.default_probability as decimal(9, 4)) as default_probability,
    true as is_current,
    coalesce(files.file_path like 'mapping:%', false) as is_written
from ({{ latest_version(ref('stg_generic__stages')) }}) as stages
left join {{ source('bookkeeping', 'plumbline_files') }} as files on stages.file_id = files.file_id
