{#- How numbers are finished: money in cents, ratios as doubles of 12 significant digits, NULL where nothing can be divided. -#}

{#- Money: two decimals, half away from zero. -#}
{% macro money(amount) -%} cast(round({{ amount }}, 2) as decimal(18, 2)) {%- endmacro %}

{#- A double cut to 12 significant digits, so that the order of a parallel sum can't show. -#}
{% macro round_significant(value) -%}
    case
        when ({{ value }}) is null or ({{ value }}) = 0 then cast(({{ value }}) as double)
        else cast({{ round_to('cast((' ~ value ~ ') as double)', 'cast(11 - floor(log10(abs(' ~ value ~ '))) as integer)') }} as double)
    end
{%- endmacro %}

{#- numerator ÷ denominator as a double; NULL where the denominator is 0 or NULL. -#}
{% macro ratio(numerator, denominator) -%}
    {{ round_significant('cast((' ~ numerator ~ ') as double) / nullif(cast((' ~ denominator ~ ') as double), 0)') }}
{%- endmacro %}

{#- One text key of several columns, with a separator that no value holds and NULL apart from ''. -#}
{% macro surrogate_key(columns) -%}
    md5(
        {%- for column in columns %}
        coalesce(cast({{ column }} as varchar), chr(30)) {%- if not loop.last %} || chr(31) ||{% endif %}
        {%- endfor %}
    )
{%- endmacro %}

{#- The mean of doubles, from an exact sum: a sum of doubles differs in its last digits with the order it is taken in, and the mean of
    two numbers of 12 digits lies halfway between two others as often as not. -#}
{% macro mean(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 12))) as double) / nullif(count({{ value }}), 0)
{%- endmacro %}

{#- The value below which `share` of the values lie, interpolated between neighbours (type 7); NULLs are left out. -#}
{% macro quantile(value, share) -%}
    {{ round_significant('percentile_cont(' ~ share ~ ') within group (order by ' ~ value ~ ')') }}
{%- endmacro %}
