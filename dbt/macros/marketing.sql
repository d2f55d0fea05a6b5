{#- A campaign's name as links write it: `Webinar 2025-04` and `webinar-2025-04` are one. NULL where nothing is left. -#}
{% macro name_slug(name) -%}
    nullif({{ replace_pattern('lower(trim(' ~ name ~ '))', '[ _-]+', '-') }}, '')
{%- endmacro %}

{#- The campaign that the query part of an address names by utm_campaign; empty where it names none. -#}
{% macro utm_campaign(query_parameters) -%}
    replace(replace(regexp_extract({{ query_parameters }}, '(^|[?&])utm_campaign=([^&]*)', 2), '%20', ' '), '+', ' ')
{%- endmacro %}

{#- A channel's name without case and blanks: `Paid Search`, `paid search ` and `PaidSearch` are one channel (int_channels). -#}
{% macro channel_key(channel) -%}
    nullif({{ replace_pattern('lower(' ~ channel ~ ')', '[ \t\u00a0]+', '') }}, '')
{%- endmacro %}
