{#- Mapped sources, which have the entity model's own names: see source_systems() for what the keys mean. -#}
{% macro generic_source() -%}
    {{ return({
        'entities': ['opportunity_versions', 'opportunity_changes', 'stages'],
        'opportunity_objects': ['opportunities'],
        'raw_columns': {}
    }) }}
{%- endmacro %}
