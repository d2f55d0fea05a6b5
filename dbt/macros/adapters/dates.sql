{#- Date arithmetic, where DuckDB and Spark differ. Timestamps are UTC without zone. -#}

{% macro end_of_time() -%} timestamp '9999-12-31 00:00:00' {%- endmacro %}

{% macro beginning_of_time() -%} timestamp '1900-01-01 00:00:00' {%- endmacro %}

{#- `moment` plus a whole number of minutes / hours / days (`amount` may be an expression; `part` is a literal unit). -#}
{% macro add_time(moment, amount, part) -%}
    {{ adapter.dispatch('add_time', 'plumbline')(moment, amount, part) }}
{%- endmacro %}

{% macro default__add_time(moment, amount, part) -%}
    ({{ moment }} + (cast({{ amount }} as integer) * interval 1 {{ part }}))
{%- endmacro %}

{% macro spark__add_time(moment, amount, part) -%}
    timestampadd({{ part }}, cast({{ amount }} as int), {{ moment }})
{%- endmacro %}

{#- A date plus a whole number of days or months. -#}
{% macro add_days(day, amount) -%}
    {{ adapter.dispatch('add_days', 'plumbline')(day, amount) }}
{%- endmacro %}

{% macro default__add_days(day, amount) -%} (cast({{ day }} as date) + cast({{ amount }} as integer)) {%- endmacro %}

{% macro spark__add_days(day, amount) -%} date_add(cast({{ day }} as date), cast({{ amount }} as int)) {%- endmacro %}

{% macro add_months_to(day, amount) -%}
    {{ adapter.dispatch('add_months_to', 'plumbline')(day, amount) }}
{%- endmacro %}

{% macro default__add_months_to(day, amount) -%}
    cast(cast({{ day }} as date) + (cast({{ amount }} as integer) * interval 1 month) as date)
{%- endmacro %}

{% macro spark__add_months_to(day, amount) -%} add_months(cast({{ day }} as date), cast({{ amount }} as int)) {%- endmacro %}

{#- Whole days from `earlier` to `later`, both dates. -#}
{% macro days_between(earlier, later) -%}
    {{ adapter.dispatch('days_between', 'plumbline')(earlier, later) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    cast(date_diff('day', cast({{ earlier }} as date), cast({{ later }} as date)) as bigint)
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    cast(datediff(cast({{ later }} as date), cast({{ earlier }} as date)) as bigint)
{%- endmacro %}

{#- Microseconds from `earlier` to `later`, both timestamps, as bigint. Days are this ÷ 86 400 000 000, once, at the end. -#}
{% macro microseconds_between(earlier, later) -%}
    {{ adapter.dispatch('microseconds_between', 'plumbline')(earlier, later) }}
{%- endmacro %}

{% macro default__microseconds_between(earlier, later) -%}
    cast(date_diff('microsecond', {{ earlier }}, {{ later }}) as bigint)
{%- endmacro %}

{% macro spark__microseconds_between(earlier, later) -%}
    (unix_micros({{ later }}) - unix_micros({{ earlier }}))
{%- endmacro %}

{#- Fractional days between two timestamps, as a double of 12 significant digits. -#}
{% macro fractional_days(earlier, later) -%}
    {{ round_significant('cast(' ~ microseconds_between(earlier, later) ~ ' as double) / 86400000000') }}
{%- endmacro %}

{#- The local calendar date of a UTC timestamp in the reporting zone. -#}
{% macro local_date(moment) -%}
    {{ adapter.dispatch('local_date', 'plumbline')(moment) }}
{%- endmacro %}

{% macro default__local_date(moment) -%}
    {%- if var('reporting_timezone') == 'UTC' -%} cast({{ moment }} as date)
    {%- else -%} cast(timezone('{{ var("reporting_timezone") }}', timezone('UTC', {{ moment }})) as date)
    {%- endif -%}
{%- endmacro %}

{% macro spark__local_date(moment) -%}
    cast(from_utc_timestamp({{ moment }}, '{{ var("reporting_timezone") }}') as date)
{%- endmacro %}

{#- The UTC timestamp at which a date begins in the reporting zone. -#}
{% macro start_of_day(day) -%}
    {{ adapter.dispatch('start_of_day', 'plumbline')(day) }}
{%- endmacro %}

{% macro default__start_of_day(day) -%}
    {%- if var('reporting_timezone') == 'UTC' -%} cast({{ day }} as timestamp)
    {%- else -%} timezone('UTC', timezone('{{ var("reporting_timezone") }}', cast({{ day }} as timestamp)))
    {%- endif -%}
{%- endmacro %}

{% macro spark__start_of_day(day) -%}
    to_utc_timestamp(cast({{ day }} as timestamp), '{{ var("reporting_timezone") }}')
{%- endmacro %}

{#- The timestamp that lies so many milliseconds after 1970 began. -#}
{% macro from_milliseconds(milliseconds) -%}
    {{ adapter.dispatch('from_milliseconds', 'plumbline')(milliseconds) }}
{%- endmacro %}

{% macro default__from_milliseconds(milliseconds) -%} epoch_ms({{ milliseconds }}) {%- endmacro %}

{% macro spark__from_milliseconds(milliseconds) -%} timestamp_millis({{ milliseconds }}) {%- endmacro %}

{#- The UTC timestamp at which a clock in the reporting zone shows so many minutes past midnight of a date. -#}
{% macro at_local_minute(day, minutes) -%}
    {{ adapter.dispatch('at_local_minute', 'plumbline')(day, minutes) }}
{%- endmacro %}

{% macro default__at_local_minute(day, minutes) -%}
    {%- set local = '(cast(' ~ day ~ ' as timestamp) + (cast(' ~ minutes ~ ' as integer) * interval 1 minute))' -%}
    {%- if var('reporting_timezone') == 'UTC' -%} {{ local }}
    {%- else -%} timezone('UTC', timezone('{{ var("reporting_timezone") }}', {{ local }}))
    {%- endif -%}
{%- endmacro %}

{% macro spark__at_local_minute(day, minutes) -%}
    to_utc_timestamp(
        timestampadd(minute, cast({{ minutes }} as int), cast({{ day }} as timestamp)), '{{ var("reporting_timezone") }}'
    )
{%- endmacro %}
