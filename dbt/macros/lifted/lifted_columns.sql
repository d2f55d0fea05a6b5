{#- Lifted custom fields in the models that they reach. Without any, every macro here renders nothing. -#}

{#- The lifted columns of an entity, each once, with the names that any object of it gives the field. Personal ones are left out of
    what is published. -#}
{% macro lifted_columns_of(entity, is_published=false) -%}
    {%- set found = {} -%}
    {%- for field in lifted_fields() if field.entity == entity and not (is_published and field.is_personal) -%}
        {%- set names = (found[field.column].names if field.column in found else []) + field.names -%}
        {%- do found.update({field.column: {'column': field.column, 'sql_type': field.sql_type, 'names': names}}) -%}
    {%- endfor -%}
    {{ return(found.values() | list) }}
{%- endmacro %}

{#- The end of a staging model's select list: its lifted fields, typed; NULL where the text can't be read as the type. -#}
{% macro lifted_record_columns(staging_model) -%}
    {%- for field in lifted_fields() if field.model == staging_model %},
        {{ read_text_as(named_json_value('_custom', field.names), field.type) }} as {{ field.column }}
    {%- endfor %}
{%- endmacro %}

{#- The end of an entity's select list: all of its lifted columns; NULL where `staging_model` is given and doesn't have them. -#}
{% macro lifted_columns(entity, staging_model=none, prefix='', is_published=false) -%}
    {%- set own = lifted_fields() | selectattr('model', 'equalto', staging_model) | map(attribute='column') | list -%}
    {%- for field in lifted_columns_of(entity, is_published) -%}
        {%- if staging_model is none or field.column in own -%}
            , {{ prefix }}{{ field.column }}
        {%- else -%}
            , cast(null as {{ field.sql_type }}) as {{ field.column }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Whether the file of a version held a lifted field: a column of one of its names, or such a name inside a JSON column. -#}
{% macro lifted_was_delivered(field) -%}
    {%- set columns = "replace(replace(replace(lower(file_columns), '_', ''), '.', ''), 'airbytedata', '')" -%}
    (
        {%- for name in field.names -%}
            instr({{ columns }}, '"{{ name | lower | replace('_', '') | replace('.', '') | replace("'", "''") }}"') > 0
            {%- if not loop.last %} or {% endif -%}
        {%- endfor -%}
    )
{%- endmacro %}

{#- The text that a JSON object of texts holds under the first of some literal names that it has: exactly, else without case and
    underscores. -#}
{% macro named_json_value(json, names) -%}
    {{ adapter.dispatch('named_json_value', 'plumbline')(json, names) }}
{%- endmacro %}

{% macro default__named_json_value(json, names) -%}
    coalesce(
        {%- for name in names -%}
            json_extract_string({{ json }}, {{ json_pointer(text_literal(name)) }}),{{ ' ' }}
        {%- endfor -%}
        {%- for name in names -%}
            {%- set key = "list_filter(json_keys(" ~ json ~ "), lambda k: lower(replace(trim(k), '_', '')) = "
                ~ text_literal(name | trim | lower | replace('_', '')) ~ ")[1]" -%}
            json_extract_string({{ json }}, {{ json_pointer(key) }}){% if not loop.last %}, {% endif %}
        {%- endfor -%}
    )
{%- endmacro %}

{% macro spark__named_json_value(json, names) -%}
    coalesce(
        {%- for name in names -%}
            get_json_object({{ json }}, '$["' || {{ text_literal(name) }} || '"]'),{{ ' ' }}
        {%- endfor -%}
        {%- for name in names -%}
            get_json_object({{ json }}, '$["' || filter(json_object_keys({{ json }}), k -> lower(replace(trim(k), '_', '')) = {{
                text_literal(name | trim | lower | replace('_', ''))
            }})[0] || '"]'){% if not loop.last %}, {% endif %}
        {%- endfor -%}
    )
{%- endmacro %}

{% macro json_pointer(key) -%} '/' || replace(replace({{ key }}, '~', '~0'), '/', '~1') {%- endmacro %}

{% macro text_literal(text) -%} '{{ text | replace("'", "''") }}' {%- endmacro %}
