{#- One entity of all sources that tell of it, in the shape that entity_shape() gives: a table expression for a `from`. Columns
    that name another record name the one that mergers left, so nobody after this asks about mergers. `columns`: only these. -#}
{% macro united(entity, columns=none) -%}
    {%- set shape = entity_shape(entity) -%}
    {%- set wanted = columns if columns is not none else shape.columns.keys() | list -%}
    {%- set merged = [] -%}
    {%- for column in wanted if column in shape.get('merged', {}) -%}
        {%- do merged.append(column) -%}
    {%- endfor -%}
    {%- set models = [] -%}
    {%- for name, system in source_systems().items() if entity in system.entities -%}
        {%- do models.append(ref('int_' ~ name ~ '__' ~ entity)) -%}
    {%- endfor -%}
    (
    {%- if merged %}
        select
            {%- for column in wanted %}
            {% if column in merged -%}
                coalesce(merged_{{ column }}.survivor_id, records.{{ column }}) as {{ column }}
            {%- else -%} records.{{ column }}
            {%- endif %}{{ ',' if not loop.last }}
            {%- endfor %}
            {{- lifted_columns(shape.lifted, prefix='records.') if shape.lifted and columns is none }}
        from (
    {%- endif %}
        {%- for model in models %}
        select
            {{ wanted | join(', ') }}
            {{- lifted_columns(shape.lifted) if shape.lifted and columns is none }}
        from {{ model }}
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    {%- if merged %}
        ) as records
        {%- for column in merged %}
        left join {{ ref('int_record_merges') }} as merged_{{ column }}
            on records.{{ column }} = merged_{{ column }}.record_id
            and merged_{{ column }}.record_kind = '{{ shape.merged[column] }}'
        {%- endfor %}
    {%- endif %}
    )
{%- endmacro %}
