{#- Costs of campaigns as finance states them, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    campaign_id,
    source_name,
    record_key,
    spent_on,
    amount,
    currency,
    false as is_fallback
from ({{ latest_version(ref('stg_generic__costs')) }}) as costs
where campaign_id is not null and not is_record_deleted
