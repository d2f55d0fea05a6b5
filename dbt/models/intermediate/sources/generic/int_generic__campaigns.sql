{#- Campaigns of mapped sources, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    campaign_id,
    source_name,
    campaign_name,
    campaign_type,
    channel,
    starts_on,
    ends_on,
    budget_amount,
    actual_cost,
    currency,
    created_at,
    is_record_deleted,
    1 as source_rank
from ({{ latest_version(ref('stg_generic__campaigns')) }}) as campaigns
