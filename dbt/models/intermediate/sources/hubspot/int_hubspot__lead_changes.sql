{#- Changes of HubSpot contacts as leads, as HubSpot recorded them: every value, the first included. What stood before one is the value
    of the row before. -#}
{{ config(materialized='ephemeral') }}
{%- set fields = {
    'contact_source': 'source', 'hs_lead_status': 'status', 'lifecyclestage': 'lifecycle_stage', 'hubspot_owner_id': 'owner_id'
} %}

with history as (

    select
        history.contact_id as lead_id,
        case history.property_name
            {%- for property, field in fields.items() %}
            when '{{ property }}' then '{{ field }}'
            {%- endfor %}
        end as field,
        cast(null as varchar) as old_value,
        history.property_value as new_value,
        history.changed_at,
        {{ hubspot_person(hubspot_changer('history.change_source_id', 'history.updated_by_user_id'), 'changers.owner_id') }}
            as changed_by_id,
        min(history.extracted_at) over (partition by history.source_name, history.record_key) as known_at,
        history.source_name, history.record_key, history.version_at, history.version_sequence, history.extracted_at,
        history.record_number, history.row_hash, history.is_record_deleted
    from {{ ref('stg_hubspot__contact_property_history') }} as history
    left join {{ ref('int_hubspot__owners') }} as changers
        on history.source_name = changers.source_name
        and {{ hubspot_changer('history.change_source_id', 'history.updated_by_user_id') }} = changers.user_id
    where history.property_name in ('{{ fields | join("', '") }}')

)

select
    lead_id, source_name, field, old_value, new_value, changed_at, changed_by_id, known_at, version_sequence, record_number, row_hash
from ({{ latest_version('history') }}) as newest
where not is_record_deleted
