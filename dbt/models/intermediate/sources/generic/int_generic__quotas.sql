{#- Quotas of mapped sources, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    user_id,
    source_name,
    record_key,
    period_type,
    period_start,
    quota_amount,
    currency,
    cast(null as varchar) as forecasting_type_id,
    cast(null as varchar) as quota_slice,
    version_at
from ({{ latest_version(ref('stg_generic__quotas')) }}) as quotas
where not is_record_deleted
