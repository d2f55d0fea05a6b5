{#- Fails with every row in which one of the columns is empty, and names which. One test per model instead of one per column:
    each test is a query of its own, and hundreds of them would take longer than the models. `beside`: columns that are never empty
    where another isn't, which as a whole may be unknown. -#}
{% test never_null(model, columns, beside={}) %}
{%- set empty = [] -%}
{%- for column in columns -%}
    {%- do empty.append((column, column ~ ' is null')) -%}
{%- endfor -%}
{%- for known, dependent in beside.items() -%}
    {%- for column in dependent -%}
        {%- do empty.append((column, column ~ ' is null and ' ~ known ~ ' is not null')) -%}
    {%- endfor -%}
{%- endfor %}

select
    concat_ws(', ' {%- for column, condition in empty %}, case when {{ condition }} then '{{ column }}' end{% endfor %}) as empty_columns,
    *
from {{ model }}
where {% for column, condition in empty %}({{ condition }}){% if not loop.last %} or {% endif %}{% endfor %}

{% endtest %}
