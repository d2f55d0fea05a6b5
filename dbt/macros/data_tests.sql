{#- The names of the columns whose condition is met, as text. -#}
{% macro names_where(conditions) -%}
    concat_ws(', ' {%- for column, condition in conditions %}, case when {{ condition }} then '{{ column }}' end{% endfor %})
{%- endmacro %}

{#- A record by its key, as text: `column=value` of each column that isn't empty. -#}
{% macro record_text(columns) -%}
    concat_ws(', ' {%- for column in columns %}, '{{ column }}=' || cast({{ column }} as varchar){% endfor %})
{%- endmacro %}
