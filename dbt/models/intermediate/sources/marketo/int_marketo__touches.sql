{#- What people did in Marketo's programs, on the web site, with forms and with e-mails. -#}
{{ config(materialized='ephemeral') }}

select
    touch_id,
    source_name,
    contact_id,
    lead_id,
    cast(null as varchar) as account_id,
    cast(null as varchar) as opportunity_id,
    campaign_id,
    cast(null as varchar) as touch_type,
    member_status as touch_status,
    cast(null as varchar) as channel,
    is_success as is_material_unless_mapped,
    false as is_bot,
    touched_at,
    touched_at_source,
    added_at as uploaded_at,
    cast(null as varchar) as uploaded_by_id,
    'program_membership' as told_as,
    cast(null as varchar) as member_id,
    1 as status_number,
    cast(null as timestamp) as next_status_at,
    deleted_at,
    false as has_asset
from {{ ref('int_marketo__memberships') }}
union all
select
    touch_id,
    source_name,
    contact_id,
    lead_id,
    cast(null as varchar) as account_id,
    cast(null as varchar) as opportunity_id,
    campaign_id,
    touch_type,
    touch_status,
    cast(null as varchar) as channel,
    false as is_material_unless_mapped,
    is_bot,
    touched_at,
    'recorded' as touched_at_source,
    cast(null as timestamp) as uploaded_at,
    cast(null as varchar) as uploaded_by_id,
    'activity' as told_as,
    cast(null as varchar) as member_id,
    1 as status_number,
    cast(null as timestamp) as next_status_at,
    cast(null as timestamp) as deleted_at,
    false as has_asset
from {{ ref('int_marketo__logged_activities') }}
