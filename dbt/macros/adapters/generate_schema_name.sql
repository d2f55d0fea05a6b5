{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- A model's schema is the one that its folder names, without the target's prefix: BI queries coverage.fct_ae_coverage. -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
