{#- Touches as a mapped source recorded them. -#}
{{ config(materialized='ephemeral') }}

select
    touch_id,
    source_name,
    contact_id,
    lead_id,
    account_id,
    opportunity_id,
    campaign_id,
    touch_type,
    touch_status,
    nullif(trim(channel), '') as channel,
    true as is_material_unless_mapped,
    coalesce(is_bot, false) as is_bot,
    touched_at,
    'recorded' as touched_at_source,
    touched_at as uploaded_at,
    cast(null as varchar) as uploaded_by_id,
    'touch' as told_as
from ({{ latest_version(ref('stg_generic__touches')) }}) as touches
where not is_record_deleted
