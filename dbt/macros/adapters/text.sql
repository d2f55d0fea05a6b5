{#- Regular expressions, where DuckDB and Spark differ. -#}

{#- True where `text` contains a match of `pattern` (RE2 on DuckDB, Java on Spark; both may be expressions). -#}
{% macro matches_pattern(text, pattern) -%}
    {{ adapter.dispatch('matches_pattern', 'plumbline')(text, pattern) }}
{%- endmacro %}

{% macro default__matches_pattern(text, pattern) -%} regexp_matches({{ text }}, {{ pattern }}) {%- endmacro %}

{% macro spark__matches_pattern(text, pattern) -%} ({{ text }}) rlike ({{ pattern }}) {%- endmacro %}

{#- `text` with every match of the literal `pattern` replaced. -#}
{% macro replace_pattern(text, pattern, replacement) -%}
    {{ adapter.dispatch('replace_pattern', 'plumbline')(text, pattern, replacement) }}
{%- endmacro %}

{% macro default__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{#- A path without the ending that says a file's format: what a refused file and its replacement have in common. -#}
{% macro without_file_format(path) -%}
    {{ replace_pattern('lower(' ~ path ~ ')', '[.](csv|tsv|parquet|jsonl)([.]gz)?$', '') }}
{%- endmacro %}
{#- One row per match of the literal `pattern` in `text`; stands alone in a select list. -#}
{% macro each_match(text, pattern) -%}
    {{ adapter.dispatch('each_match', 'plumbline')(text, pattern) }}
{%- endmacro %}

{% macro default__each_match(text, pattern) -%} unnest(regexp_extract_all({{ text }}, '{{ pattern }}')) {%- endmacro %}

{% macro spark__each_match(text, pattern) -%} explode(regexp_extract_all({{ text }}, '{{ pattern }}', 0)) {%- endmacro %}
