{#- The one change stream. Per opportunity and field consecutive values differ; the first row gives the value at the start of life. -#}
{{ config(materialized='view') }}

select
    change_id,
    opportunity_id,
    source_name,
    field,
    change_number,
    changed_at,
    observed_at,
    old_value,
    new_value,
    changed_by_id,
    known_at,
    known_load_sequence,
    origin,
    dated_by,
    evidence_gap,
    is_assumed
from {{ ref('int_opportunity_events') }}
where is_change
