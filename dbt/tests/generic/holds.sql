{#- What must hold of a model's rows, in one query: each test is a query of its own, and hundreds of them would take longer than the
    models. One row per broken rule and record, or per key that several rows have.

    `unique`: keys, each a column or a list of columns; rows in which a key of one column is empty are left out. `never_null`: columns
    that are never empty. `beside`: columns that are never empty where another isn't, which as a whole may be unknown. `accepted`: the
    values that a column may have where it isn't empty.

    Yields rule, column_names, row_key (the record, by the first key of `unique`), value and n, the number of rows. -#}
{% test holds(model, unique=[], never_null=[], beside={}, accepted={}) %}
{%- set keys = [] -%}
{%- for key in unique -%}
    {%- do keys.append([key] if key is string else key) -%}
{%- endfor -%}
{%- set record = keys[0] if keys else never_null -%}
{%- set empty = [] -%}
{%- for column in never_null -%}
    {%- do empty.append((column, column ~ ' is null')) -%}
{%- endfor -%}
{%- for known, dependent in beside.items() -%}
    {%- for column in dependent -%}
        {%- do empty.append((column, column ~ ' is null and ' ~ known ~ ' is not null')) -%}
    {%- endfor -%}
{%- endfor -%}
{%- set strange = [] -%}
{%- for column, values in accepted.items() -%}
    {%- set listed = [] -%}
    {%- for value in values -%}
        {%- do listed.append("'" ~ (value | string | lower if value is boolean else value | string | replace("'", "''")) ~ "'") -%}
    {%- endfor -%}
    {%- do strange.append((column, 'cast(' ~ column ~ ' as varchar) not in (' ~ listed | join(', ') ~ ')')) -%}
{%- endfor -%}
{%- set queries = [] -%}
{%- for key in keys -%}
    {%- set query -%}
select
    'unique' as rule,
    '{{ key | join(', ') }}' as column_names,
    {{ record_text(key) }} as row_key,
    cast(null as varchar) as value,
    cast(count(*) as bigint) as n
from {{ model }}
{% if key | length == 1 %}where {{ key[0] }} is not null{% endif %}
group by {{ key | join(', ') }}
having count(*) > 1
    {%- endset -%}
    {%- do queries.append(query) -%}
{%- endfor -%}
{%- for rule, conditions in [('never_null', empty), ('accepted', strange)] if conditions -%}
    {%- set query -%}
select
    '{{ rule }}' as rule,
    {{ names_where(conditions) }} as column_names,
    {{ record_text(record) }} as row_key,
    {% if rule == 'accepted' -%}
    concat_ws(', ' {%- for column, condition in conditions %}, case when {{ condition }} then cast({{ column }} as varchar) end{% endfor %})
    {%- else -%}
    cast(null as varchar)
    {%- endif %} as value,
    cast(1 as bigint) as n
from {{ model }}
where {% for _, condition in conditions %}({{ condition }}){% if not loop.last %} or {% endif %}{% endfor %}
    {%- endset -%}
    {%- do queries.append(query) -%}
{%- endfor %}

{{ queries | join('\nunion all\n') }}

{% endtest %}
