{#- The dimensions that the path from first touch to won is cut by, with the column of each; a journey keeps its members for life, so
    that conversions chain within each of them. -#}
{% macro funnel_dimensions() -%}
    {{ return({
        'company': "'all'",
        'claimed_source': 'claimed_function',
        'lead_source': 'claimed_source',
        'first_touch_channel': 'first_touch_channel'
    }) }}
{%- endmacro %}

{#- Those that handoffs are cut by. -#}
{% macro handoff_dimensions() -%}
    {{ return({
        'company': "'all'",
        'claimed_source': 'claimed_function',
        'receiving_team': 'receiving_team',
        'source_and_team': "claimed_function || ' / ' || coalesce(receiving_team, '(none)')",
        'handoff_kind': 'handoff_kind',
        'sdr': 'owner_id'
    }) }}
{%- endmacro %}
