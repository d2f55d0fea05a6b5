{#- Salesforce's forecasting quotas, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    quota_owner_id as user_id,
    source_name,
    record_key,
    period_type,
    starts_on as period_start,
    quota_amount,
    currency_iso_code as currency,
    forecasting_type_id,
    nullif(
        concat_ws(', ', product_family, 'territory ' || territory2_id, 'group ' || forecasting_group_item_id), ''
    ) as quota_slice,
    version_at
from ({{ latest_version(ref('stg_salesforce__forecasting_quota')) }}) as quotas
-- A quota is of money or of pieces.
where not is_record_deleted and coalesce(is_amount, not is_quantity, true)
