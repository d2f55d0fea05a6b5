{#- The recorded changes that history is made of: each opportunity's, each field's, from the object of its CRM that is preferred. -#}
{{ config(materialized='view') }}

select
    opportunity_id,
    source_name,
    field,
    old_value,
    new_value,
    changed_at,
    changed_by_id,
    known_at,
    version_sequence,
    record_number,
    row_hash,
    known_load_sequence
from {{ ref('int_recorded_changes') }}
where is_preferred
