{#- The first day of the fiscal quarter that holds a date, also where no fiscal period is listed for it. -#}
{% macro fiscal_quarter_start(day) -%}
    {%- set months_shifted = var('fiscal_year_start_month') - 1 -%}
    {%- if months_shifted == 0 -%} cast(date_trunc('quarter', {{ day }}) as date)
    {%- else -%}
        {{ add_months_to("cast(date_trunc('quarter', " ~ add_months_to(day, -months_shifted) ~ ") as date)", months_shifted) }}
    {%- endif -%}
{%- endmacro %}

{#- numerator ÷ denominator rounded up to a multiple of `step`, exactly: a double only guesses the number of steps, decimals
    decide. Money in, decimal(9, 4) out; NULL where the denominator is 0 or NULL. -#}
{% macro ceil_to_step(numerator, denominator, step) -%}
    {%- set guess -%}
        cast(ceil(cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double) * {{ step }}, 0)) as bigint)
    {%- endset -%}
    {%- set one_step -%} cast({{ denominator }} as decimal(18, 2)) * cast({{ step }} as decimal(6, 4)) {%- endset -%}
    cast(
        (
            {{ guess }}
            + case
                when cast({{ guess }} as decimal(10, 0)) * ({{ one_step }}) < {{ numerator }} then 1
                when cast({{ guess }} - 1 as decimal(10, 0)) * ({{ one_step }}) >= {{ numerator }} then -1
                else 0
            end
        ) * cast({{ step }} as decimal(6, 4)) as decimal(18, 4)
    )
{%- endmacro %}

{#- The name of the fiscal quarter that holds a date, such as FY2026-Q1, also where no fiscal period is listed for it. -#}
{% macro fiscal_quarter_name(day) -%}
    {%- set months_shifted = var('fiscal_year_start_month') - 1 -%}
    {%- set shifted = add_months_to(day, -months_shifted) if months_shifted else day -%}
    'FY' || cast(extract(year from {{ shifted }}) + {{ 1 if months_shifted else 0 }} as varchar)
    || '-Q' || cast(extract(quarter from {{ shifted }}) as varchar)
{%- endmacro %}
