{#- Salesforce campaigns, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    campaign_id,
    source_name,
    campaign_name,
    campaign_type,
    cast(null as varchar) as channel,
    starts_on,
    ends_on,
    budgeted_cost as budget_amount,
    actual_cost,
    currency_iso_code as currency,
    created_at,
    is_record_deleted,
    1 as source_rank
from ({{ latest_version(ref('stg_salesforce__campaign')) }}) as campaigns
