{#- Every extracted version of a user of a mapped source. -#}
{{ config(materialized='ephemeral') }}

select
    user_id,
    source_name,
    user_name,
    started_on,
    ended_on,
    role as raw_role,
    team,
    segment,
    territory,
    manager_id,
    version_at, version_sequence, extracted_at, record_number, row_hash, load_sequence
from {{ ref('stg_generic__users') }}
where not is_record_deleted
