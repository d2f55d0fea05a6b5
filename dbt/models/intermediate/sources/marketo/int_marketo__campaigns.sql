{#- Marketo programs as campaigns: one that the CRM knows is the CRM's campaign, another one stands by itself. -#}
{{ config(materialized='ephemeral') }}

select
    campaign_id,
    source_name,
    program_name as campaign_name,
    program_channel as campaign_type,
    cast(null as varchar) as channel,
    starts_on,
    ends_on,
    cast(null as decimal(28, 6)) as budget_amount,
    cast(null as decimal(28, 6)) as actual_cost,
    cast(null as varchar) as currency,
    created_at,
    is_record_deleted,
    2 as source_rank
from {{ ref('int_marketo__programs') }}
