{#- One spelling per id, where an id stands in a value that ingest can't know to be one: values of histories, seeds. What ingest does
    with declared columns is the same (dagster_project/lib/ingest/words.py). -#}

{#- An id that a tool made a number of, and a Salesforce id of 15 characters, plainly one of Salesforce's own objects. -#}
{% macro one_id(value) -%}
    case
        when
            length({{ value }}) = 15
            and {{ matches_pattern(value, "'^(00[0-9A-Za-z]|701)[0-9A-Za-z]{2}0[0-9A-Za-z]{9}$'") }}
            and {{ matches_pattern(value, "'[A-Za-z]'") }}
            then {{ salesforce_id_in_full(value) }}
        when {{ value }} like '%.0%' and {{ matches_pattern(value, "'^[0-9]+[.]0+$'") }}
            then substr({{ value }}, 1, instr({{ value }}, '.') - 1)
        else {{ value }}
    end
{%- endmacro %}

{#- The 18 characters of an id of 15: of each five characters the capitals are the bits of one more, first one lowest. -#}
{% macro salesforce_id_in_full(value) -%}
    concat(
        {{ value }}
        {%- for first in [1, 6, 11] %},
        substr(
            'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
            1
            {%- for place in range(5) %}
            + case when substr({{ value }}, {{ first + place }}, 1) between 'A' and 'Z' then {{ 2 ** place }} else 0 end
            {%- endfor %},
            1
        )
        {%- endfor %}
    )
{%- endmacro %}

{#- Words that tools and people write where there is nothing; names and prose keep them. -#}
{% macro without_null_words(value) -%}
    case when lower(trim({{ value }})) in ('', 'null', 'none', 'n/a', 'nan', '\N', '\n') then null else {{ value }} end
{%- endmacro %}
