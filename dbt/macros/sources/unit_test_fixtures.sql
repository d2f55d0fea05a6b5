{#- Rows that a unit test gives of a source's entity. dbt reads the types of given rows from the built relation, which an ephemeral
    model doesn't have; its shape says them. Everything else is as dbt does it. -#}
{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
    {%- set parts = this.identifier.split('__') -%}
    {%- set is_of_source = parts[0][:4] == 'int_' and parts[0][4:] in source_systems() -%}
    {%- set shape = entity_shape(parts[-1]) if is_of_source else none -%}
    {%- if not shape -%}
        {{ return(dbt.get_fixture_sql(rows, column_name_to_data_types)) }}
    {%- endif -%}
    {%- for row in rows or [{}] %}
    {%- set given = dbt.format_row(row, shape.columns) %}
    select
        {%- for column, type in shape.columns.items() %}
        {{ given.get(column, 'cast(null as ' ~ type ~ ')') }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if not rows %}
    where false
    {%- elif not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
