{#- Salesforce records that name the one that they were merged into, as newest known. -#}
{{ config(materialized='ephemeral') }}

{%- for kind in ['account', 'contact', 'lead'] %}
select
    '{{ kind }}' as record_kind,
    source_name,
    {{ kind }}_id as record_id,
    master_record_id as survivor_id,
    version_at as merged_at,
    load_sequence
from ({{ latest_version(ref('stg_salesforce__' ~ kind)) }}) as {{ kind }}s
where master_record_id is not null
{% if not loop.last %}union all{% endif %}
{%- endfor %}
