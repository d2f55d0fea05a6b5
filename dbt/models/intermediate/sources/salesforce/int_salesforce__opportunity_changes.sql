{#- Changes of Salesforce opportunities as its two objects of history recorded them. OpportunityHistory is kept longest and has a
    row at creation, with all of its fields; OpportunityFieldHistory tells a changed reference twice, by name (Text) and by id
    (EntityId). -#}
{{ config(materialized='ephemeral') }}

with stage_history as (

    {{ latest_version(ref('stg_salesforce__opportunity_history'), with_known=true) }}

),

newest_field_history as (

    {{ latest_version(ref('stg_salesforce__opportunity_field_history'), with_known=true) }}

),

field_history as (

    select
        *,
        field in ('Owner', 'Campaign', 'Account') and lower(coalesce(data_type, 'entityid')) <> 'entityid' as is_by_name
    from newest_field_history

)

{%- for field, column in [
    ('stage', 'stage_name'), ('amount', 'amount'), ('close_date', 'close_date'), ('forecast_category', 'forecast_category'),
    ('probability', 'probability')
] %}

select
    opportunity_id,
    source_name,
    '{{ field }}' as field,
    cast(null as varchar) as old_value,
    cast({{ column }} as varchar) as new_value,
    cast(null as varchar) as unread_value,
    created_at as changed_at,
    created_by_id as changed_by_id,
    known_at,
    true as is_snapshot,
    1 as precedence,
    false as is_entry_date,
    version_sequence, record_number, row_hash, known_load_sequence
from stage_history
where not is_record_deleted
union all
{%- endfor %}

select
    opportunity_id,
    source_name,
    case field
        {%- for name, own_field in salesforce_history_fields().items() %}
        when '{{ name }}' then '{{ own_field }}'
        {%- endfor %}
        else 'custom.' || field
    end as field,
    case when not is_by_name then old_value end as old_value,
    case when not is_by_name then new_value end as new_value,
    case when not is_by_name then new_value end as unread_value,
    created_at as changed_at,
    created_by_id as changed_by_id,
    known_at,
    false as is_snapshot,
    case when is_by_name then 9 else 2 end as precedence,
    false as is_entry_date,
    version_sequence, record_number, row_hash, known_load_sequence
from field_history
where
    not is_record_deleted
    and lower(field) not in ('created', 'opportunitycreatedfromlead', 'locked', 'unlocked', 'recordtype')
