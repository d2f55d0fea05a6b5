{#- What a node made, told while dbt runs: its rows (NULL for a view, which would have to be computed) and its columns with their
    types, as one line of dbt's log. A hook after every model and seed. -#}
{% macro report_relation() -%}
    {%- if execute -%}
        {%- set is_view = model.config.materialized == 'view' -%}
        {%- set rows = none if is_view else run_query('select count(*) as n from ' ~ this).rows[0][0] | int -%}
        {%- set columns = adapter.dispatch('relation_columns', 'plumbline')(this) -%}
        {%- do log('plumbline_relation ' ~ tojson({'rows': rows, 'columns': columns}), info=true) -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__relation_columns(relation) -%}
    {%- set columns = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do columns.append([column.name, column.data_type | lower]) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{#- DuckDB's catalogue views list all columns of all tables before they filter, 8 ms each time. -#}
{% macro duckdb__relation_columns(relation) -%}
    {%- set columns = [] -%}
    {%- for row in run_query('describe ' ~ relation).rows -%}
        {%- do columns.append([row[0], row[1] | lower]) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
