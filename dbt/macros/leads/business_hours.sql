{#- Business time from the first day of int_business_days up to an instant, in microseconds: that before its day, and what of the
    day's own hours has passed. `calendar` is the row of int_business_days of the instant's local date. The business time between two
    instants is the difference of theirs. -#}
{% macro business_microseconds_until(calendar, moment) -%}
    (
        {{ calendar }}.microseconds_before
        + least(
            greatest({{ microseconds_between(calendar ~ '.opens_at', moment) }}, 0),
            {{ calendar }}.open_microseconds
        )
    )
{%- endmacro %}

{#- Microseconds as hours, a double of 12 significant digits. -#}
{% macro as_hours(microseconds) -%}
    {{ round_significant('cast(' ~ microseconds ~ ' as double) / 3600000000') }}
{%- endmacro %}
