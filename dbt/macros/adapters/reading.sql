{#- A text as a type that contracts know, NULL where it can't be read so: what ingest does with declared columns
    (dagster_project/lib/ingest/casting.py), for fields that come out of `_custom`. -#}
{% macro read_text_as(value, data_type) -%}
    {%- if data_type == 'text' -%} {{ value }}
    {%- elif data_type == 'integer' -%}
        case when try_cast({{ value }} as decimal(28, 6)) = try_cast({{ value }} as bigint) then try_cast({{ value }} as bigint) end
    {%- elif data_type == 'decimal' -%} try_cast({{ value }} as decimal(28, 6))
    {%- elif data_type == 'double' -%}
        case when abs(try_cast({{ value }} as double)) <= 1.7976931348623157e308 then try_cast({{ value }} as double) end
    {%- elif data_type == 'boolean' -%}
        case
            when lower(trim({{ value }})) in ('true', 't', '1', 'yes') then true
            when lower(trim({{ value }})) in ('false', 'f', '0', 'no') then false
        end
    {%- else -%} {{ adapter.dispatch('read_moment_as', 'plumbline')(value, data_type) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__read_moment_as(value, data_type) -%}
    {%- if data_type == 'date' -%}
        case
            when
                {{ value }} like '____-__-__%' and try_cast(left({{ value }}, 10) as date) >= date '0001-01-01'
                and (length({{ value }}) = 10 or isfinite(try_cast({{ value }} as timestamptz)))
                then try_cast(left({{ value }}, 10) as date)
        end
    {%- else -%}
        case
            when
                {{ value }} like '____-__-__%'
                and cast(try_cast({{ value }} as timestamptz) as timestamp)
                between timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 23:59:59.999999'
                then cast(try_cast({{ value }} as timestamptz) as timestamp)
        end
    {%- endif -%}
{%- endmacro %}

{% macro spark__read_moment_as(value, data_type) -%}
    case when {{ value }} like '____-__-__%' then try_cast({{ value }} as {{ data_type }}) end
{%- endmacro %}
