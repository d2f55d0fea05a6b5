{#- Days and instants as they were told: raw keeps of a day its midnight and of an instant told for a date its day in UTC, and in
    `_times` which of the two it was (dagster_project/lib/ingest/times.py). For staging alone; in UTC all of it is the column. -#}

{#- True where a timestamp was told without a time of day. -#}
{% macro told_as_day(column) -%} coalesce(instr(_times, '"{{ column }}":"day"') > 0, false) {%- endmacro %}

{#- A timestamp: of a day, the instant at which it begins in the reporting zone. -#}
{% macro instant(column) -%}
    {%- if var('reporting_timezone') == 'UTC' -%} {{ column }}
    {%- else -%} case when {{ told_as_day(column) }} then {{ start_of_day(column) }} else {{ column }} end
    {%- endif -%}
{%- endmacro %}

{#- The same, where it is something that befell a record: on the day of its creation it isn't before it. -#}
{% macro instant_after(column, created_column) -%}
    case
        when {{ told_as_day(column) }} and not {{ told_as_day(created_column) }}
            and cast({{ column }} as date) = {{ local_date(created_column) }}
            then {{ created_column }}
        else {{ instant(column) }}
    end
{%- endmacro %}

{#- The instant that was told for a date; NULL where a day was. -#}
{% macro told_instant(column) -%} cast({{ json_field('_times', "'" ~ column ~ "'") }} as timestamp) {%- endmacro %}

{#- A date: of an instant, its day in the reporting zone. -#}
{% macro local_day(column) -%}
    {%- if var('reporting_timezone') == 'UTC' -%} {{ column }}
    {%- else -%} coalesce({{ local_date(told_instant(column)) }}, {{ column }})
    {%- endif -%}
{%- endmacro %}

{#- The day that a text of a history names: of an instant with a time of day, its day in the reporting zone. -#}
{% macro day_in_text(value) -%}
    {%- if var('reporting_timezone') == 'UTC' -%} {{ read_text_as('trim(' ~ value ~ ')', 'date') }}
    {%- else -%}
        case
            when {{ matches_pattern('trim(' ~ value ~ ')', "'^.{10}([T ]00:00(:00([.]0*)?)? *(Z|UTC|[+-]00(:?00)?)?)?$'") }}
                then {{ read_text_as('trim(' ~ value ~ ')', 'date') }}
            else {{ local_date(read_text_as('trim(' ~ value ~ ')', 'timestamp')) }}
        end
    {%- endif -%}
{%- endmacro %}
