{#- Salesforce's dated conversion rates, as newest known. -#}
{{ config(materialized='ephemeral') }}

select
    upper(trim(iso_code)) as currency,
    source_name,
    record_key,
    conversion_rate,
    starts_on,
    next_starts_on
from ({{ latest_version(ref('stg_salesforce__dated_conversion_rate')) }}) as rates
where not is_record_deleted
