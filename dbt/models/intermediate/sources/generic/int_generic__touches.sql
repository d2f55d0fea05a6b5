{#- Touches as a mapped source recorded them. -#}
{{ config(materialized='ephemeral') }}

with deletions as (

    {{ record_deletions(ref('stg_generic__touches'), ['touches']) }}

)

select
    touches.touch_id,
    touches.source_name,
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
    'touch' as told_as,
    cast(null as varchar) as member_id,
    1 as status_number,
    cast(null as timestamp) as next_status_at,
    deletions.deleted_at,
    nullif(trim(touches.asset), '') is not null as has_asset
from ({{ newest_sight(ref('stg_generic__touches')) }}) as touches
left join deletions
    on touches.source_name = deletions.source_name
    and touches.record_key = deletions.record_key
