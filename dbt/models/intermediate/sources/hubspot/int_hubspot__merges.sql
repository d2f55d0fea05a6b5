{#- What tells of mergers of HubSpot records: lists on the one that stays, the history of such a list, HubSpot's table of merged
    deals, and its audit of contacts. -#}
{{ config(materialized='ephemeral') }}

{%- for kind, relation, id, list in [
    ('opportunity', 'stg_hubspot__deal', 'deal_id', 'merged_deal_ids'),
    ('account', 'stg_hubspot__company', 'company_id', 'merged_company_ids'),
    ('contact', 'stg_hubspot__contact', 'contact_id', 'merged_contact_ids')
] %}

select
    '{{ kind }}' as record_kind,
    source_name,
    {{ parts_as_rows(list, ';') }} as record_id,
    {{ id }} as survivor_id,
    version_at as merged_at,
    load_sequence
from {{ ref(relation) }}
where {{ list }} is not null
union all
{%- endfor %}

select
    'opportunity' as record_kind,
    source_name,
    {{ parts_as_rows('property_value', ';') }} as record_id,
    deal_id as survivor_id,
    changed_at as merged_at,
    load_sequence
from {{ ref('stg_hubspot__deal_property_history') }}
where property_name = 'hs_merged_object_ids' and property_value is not null
union all
select
    'opportunity' as record_kind,
    source_name,
    merged_deal_id as record_id,
    deal_id as survivor_id,
    extracted_at as merged_at,
    load_sequence
from {{ ref('stg_hubspot__merged_deal') }}
union all
select
    'contact' as record_kind,
    source_name,
    merged_contact_id as record_id,
    contact_id as survivor_id,
    coalesce(merged_at, extracted_at) as merged_at,
    load_sequence
from {{ ref('stg_hubspot__contact_merge_audit') }}
