{#- Marketo: see source_systems() for what the keys mean. -#}
{% macro marketo_source() -%}
    {{ return({
        'entities': [],
        'opportunity_objects': [],
        'raw_columns': {}
    }) }}
{%- endmacro %}
