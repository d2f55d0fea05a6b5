select
    {{ surrogate_key(['pipeline_id', 'stage', 'valid_from']) }} as stage_key,
    pipeline_id,
    stage,
    stage_order,
    phase,
    is_open,
    is_pipeline,
    is_qualified,
    is_won,
    cast(default_probability as decimal(9, 4)) as default_probability,
    maximum_days,
    is_signed,
    origin,
    valid_from,
    valid_to
from {{ ref('int_stage_policy') }}
