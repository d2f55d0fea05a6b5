-- A row means that a record holds a text in a lifted custom field that can't be read as the type that the lift declares. The column
-- is NULL there, the text stays in custom_fields; correct it at its source, or lift the field as text. Values that may be personal
-- are shown by their length.
{{ config(severity='warn') }}

{%- set typed = lifted_fields() | rejectattr('type', 'equalto', 'text') | list %}

select lifted_column, lifted_as, source_name, record_key, extracted_at, record_value, value_length
from (
    select
        cast(null as varchar) as lifted_column, cast(null as varchar) as lifted_as, source_name, record_key, extracted_at,
        cast(null as varchar) as record_value, cast(null as bigint) as value_length
    from {{ ref('stg_salesforce__opportunity') }}
    where false
) as nothing
{%- for field in typed %}
{%- set text = named_json_value('custom_fields', field.names) %}
union all
select
    '{{ field.model }}.{{ field.column }}' as lifted_column, '{{ field.type }}' as lifted_as, source_name, record_key, extracted_at,
    {% if field.is_personal %}cast(null as varchar){% else %}case when not {{ looks_personal(text) }} then {{ text }} end{% endif %}
        as record_value,
    cast(length({{ text }}) as bigint) as value_length
from {{ ref(field.model) }}
where {{ field.column }} is null and {{ text }} is not null
{%- endfor %}
