{#- Generators and JSON, where DuckDB and Spark differ. -#}

{#- A table expression of one bigint column `n` with the whole numbers `first`..`last`, both literals. -#}
{% macro number_series(first, last) -%}
    {{ adapter.dispatch('number_series', 'plumbline')(first, last) }}
{%- endmacro %}

{% macro default__number_series(first, last) -%}
    select cast(numbers.n as bigint) as n from range({{ first }}, {{ last }} + 1) as numbers(n)
{%- endmacro %}

{% macro spark__number_series(first, last) -%}
    select cast(id as bigint) as n from range({{ first }}, {{ last }} + 1)
{%- endmacro %}

{#- The text at `key` (an expression) of a JSON object held as text. -#}
{% macro json_field(json, key) -%}
    {{ adapter.dispatch('json_field', 'plumbline')(json, key) }}
{%- endmacro %}

{% macro default__json_field(json, key) -%}
    json_extract_string({{ json }}, '$."' || replace({{ key }}, '"', '""') || '"')
{%- endmacro %}

{% macro spark__json_field(json, key) -%}
    get_json_object({{ json }}, '$["' || {{ key }} || '"]')
{%- endmacro %}

{#- Rounding to a number of decimals that is itself an expression. -#}
{% macro round_to(value, decimals) -%}
    {{ adapter.dispatch('round_to', 'plumbline')(value, decimals) }}
{%- endmacro %}

{% macro default__round_to(value, decimals) -%} round({{ value }}, {{ decimals }}) {%- endmacro %}

{% macro spark__round_to(value, decimals) -%}
    round({{ value }} * power(10, {{ decimals }}), 0) / power(10, {{ decimals }})
{%- endmacro %}

{#- One row per key of a JSON object held as text. Stands alone as a column of a select list. -#}
{% macro json_keys_as_rows(json) -%}
    {{ adapter.dispatch('json_keys_as_rows', 'plumbline')(json) }}
{%- endmacro %}

{% macro default__json_keys_as_rows(json) -%} unnest(json_keys({{ json }})) {%- endmacro %}

{% macro spark__json_keys_as_rows(json) -%} explode(json_object_keys({{ json }})) {%- endmacro %}

{#- One row per part of a text with separators; `separator` is one character. Stands alone as a column of a select list. -#}
{% macro parts_as_rows(text, separator) -%}
    {{ adapter.dispatch('parts_as_rows', 'plumbline')(text, separator) }}
{%- endmacro %}

{% macro default__parts_as_rows(text, separator) -%} unnest(string_split({{ text }}, '{{ separator }}')) {%- endmacro %}

{% macro spark__parts_as_rows(text, separator) -%} explode(split({{ text }}, '[{{ separator }}]')) {%- endmacro %}
