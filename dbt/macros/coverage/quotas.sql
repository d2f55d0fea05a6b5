{#- The place of a forecasting type in var quota_forecasting_types, NULL where it has none; ids there may have 15 or 18 characters. -#}
{% macro forecasting_type_rank(forecasting_type_id) -%}
    {%- set types = var('quota_forecasting_types') -%}
    {%- if types -%}
        case
            {%- for type in types %}
            when
                {{ forecasting_type_id }} = '{{ type }}'
                {%- if type | length == 15 %} or {{ forecasting_type_id }} = {{ salesforce_id_in_full("'" ~ type ~ "'") }}{% endif %}
                then {{ loop.index }}
            {%- endfor %}
        end
    {%- else -%} cast(null as integer)
    {%- endif -%}
{%- endmacro %}
