{#- Changes of opportunities as a mapped source recorded them; a field that the entity model doesn't know is a custom one. -#}
{{ config(materialized='ephemeral') }}

select
    opportunity_id,
    source_name,
    case
        when field in ('{{ opportunity_fields() | join("', '") }}') then field
        when field like 'custom.%' then field
        else 'custom.' || field
    end as field,
    old_value,
    new_value,
    missing_columns not like '%"old_value"%' as is_old_value_told,
    new_value as unread_value,
    changed_at,
    changed_by_id,
    known_at,
    false as is_snapshot,
    1 as precedence,
    false as is_entry_date,
    version_sequence, record_number, row_hash, known_load_sequence
from ({{ latest_version(ref('stg_generic__opportunity_changes'), with_known=true) }}) as changes
left join (
    select file_id as told_in, coalesce(missing_columns, '[]') as missing_columns from {{ source('bookkeeping', 'plumbline_files') }}
) as files on changes.file_id = files.told_in
