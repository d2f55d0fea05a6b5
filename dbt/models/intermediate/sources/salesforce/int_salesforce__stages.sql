{#- Salesforce's list of stages, which all of its pipelines share. -#}
{{ config(materialized='ephemeral') }}

select
    source_name,
    cast(null as varchar) as source_pipeline,
    coalesce(api_name, master_label) as stage,
    cast(sort_order as bigint) as stage_order,
    cast(null as varchar) as phase,
    is_closed,
    is_won,
    cast(null as boolean) as is_pipeline,
    cast(null as boolean) as is_qualified,
    cast(default_probability as decimal(9, 4)) as default_probability,
    coalesce(is_active, true) as is_current,
    false as is_written
from ({{ latest_version(ref('stg_salesforce__opportunity_stage')) }}) as stages
where not is_record_deleted
