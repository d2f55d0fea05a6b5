{#- Changes of Salesforce opportunities as its two objects of history recorded them. OpportunityHistory is kept longest and has a
    row at creation, with all of its fields; OpportunityFieldHistory tells a changed reference twice, by name (Text) and by id
    (EntityId). -#}
{{ config(materialized='ephemeral') }}

{#- A changed reference by its id: what begins as ids of that object do. -#}
{%- set id_prefixes = {'Owner': '(005|00G)', 'Campaign': '701', 'Account': '001'} -%}

with stage_history as (

    {{ latest_version(ref('stg_salesforce__opportunity_history'), with_known=true) }}

),

newest_field_history as (

    {{ latest_version(ref('stg_salesforce__opportunity_field_history'), with_known=true) }}

),

-- A column that a file lacks says nothing about its field.
missing as (

    select file_id, coalesce(missing_columns, '[]') as missing_columns
    from {{ source('bookkeeping', 'plumbline_files') }}

),

field_history as (

    select
        newest_field_history.*,
        missing.missing_columns not like '%"old_value"%' as is_old_value_told,
        case
            when newest_field_history.field not in ('Owner', 'Campaign', 'Account') then false
            when newest_field_history.data_type is not null then lower(newest_field_history.data_type) <> 'entityid'
            {%- for name, prefix in id_prefixes.items() %}
            when newest_field_history.field = '{{ name }}'
                then coalesce(
                    not {{ matches_pattern(
                        'coalesce(newest_field_history.new_value, newest_field_history.old_value)',
                        "'^" ~ prefix ~ "[a-zA-Z0-9]{12}([a-zA-Z0-9]{3})?$'"
                    ) }},
                    false
                )
            {%- endfor %}
        end as is_by_name
    from newest_field_history
    left join missing on newest_field_history.file_id = missing.file_id

)

{%- for field, column in [
    ('stage', 'stage_name'), ('amount', 'amount'), ('close_date', 'close_date'), ('forecast_category', 'forecast_category'),
    ('probability', 'probability'), ('currency', 'currency_iso_code')
] %}

select
    opportunity_id,
    source_name,
    '{{ field }}' as field,
    cast(null as varchar) as old_value,
    cast({{ column }} as varchar) as new_value,
    false as is_old_value_told,
    cast(null as varchar) as unread_value,
    created_at as changed_at,
    created_by_id as changed_by_id,
    known_at,
    true as is_snapshot,
    1 as precedence,
    false as is_entry_date,
    version_sequence, record_number, row_hash, known_load_sequence
from stage_history
left join missing on stage_history.file_id = missing.file_id
where
    missing.missing_columns not like '%"{{ column }}"%'
    {%- if field == 'currency' %}
    and currency_iso_code is not null
    {%- endif %}
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
    is_old_value_told,
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
    lower(field) not in ('created', 'opportunitycreatedfromlead', 'locked', 'unlocked', 'recordtype')
