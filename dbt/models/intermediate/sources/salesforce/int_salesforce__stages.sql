{#- Salesforce's list of stages, which all of its pipelines share. -#}
{{ config(materialized='ephemeral') }}

select
    'default' as pipeline_id,
    coalesce(api_name, master_label) as stage,
    cast(sort_order as bigint) as stage_order,
    cast(null as varchar) as phase,
    not coalesce(is_closed, false) as is_open,
    coalesce(is_won, false) as is_won,
    not coalesce(is_closed, false) as is_pipeline,
    false as is_qualified,
    cast(default_probability as decimal(9, 4)) as default_probability,
    true as fills_gaps
from ({{ latest_version(ref('stg_salesforce__opportunity_stage')) }}) as stages
where not is_record_deleted
