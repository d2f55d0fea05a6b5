{#- Changes of leads as a mapped source recorded them. -#}
{{ config(materialized='ephemeral') }}

with history as (

    select
        lead_id, field, old_value, new_value, changed_at, changed_by_id,
        min(extracted_at) over (partition by source_name, record_key) as known_at,
        source_name, record_key, version_at, version_sequence, extracted_at, record_number, row_hash, is_record_deleted
    from {{ ref('stg_generic__lead_changes') }}
    where field in ('{{ lead_fields() | join("', '") }}')

)

select
    lead_id, source_name, field, old_value, new_value, changed_at, changed_by_id, known_at, version_sequence, record_number, row_hash
from ({{ latest_version('history') }}) as newest
where not is_record_deleted
