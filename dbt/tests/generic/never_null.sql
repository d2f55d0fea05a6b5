{#- Fails with every row in which one of the columns is empty, and names which. One test per model instead of one per column:
    each test is a query of its own, and hundreds of them would take longer than the models. -#}
{% test never_null(model, columns) %}

select
    concat_ws(', ' {%- for column in columns %}, case when {{ column }} is null then '{{ column }}' end{% endfor %}) as empty_columns,
    *
from {{ model }}
where {% for column in columns %}{{ column }} is null{% if not loop.last %} or {% endif %}{% endfor %}

{% endtest %}
