{#- What may be published of a value that may be personal. -#}

{#- True where a value looks like an address or a name although its column isn't personal, as shifted fields bring it. The same as
    `looks_personal` in dagster_project/lib/privacy.py. -#}
{% macro looks_personal(value) -%}
    coalesce({{ matches_pattern(value, "'@|[\\p{L}][\\s,.;'']+[\\p{L}]{2}'") }}, false)
{%- endmacro %}

{#- An id as it is published: itself, unless it is an e-mail address, which some systems identify people by. -#}
{% macro published_id(id) -%}
    case when {{ id }} like '%@%' then {{ salted_hash(id) }} else {{ id }} end
{%- endmacro %}

{#- A hash that stands for a personal value: equal values give equal hashes, and without the salt nobody can try values out. NULL for
    no value, and where there is no salt. -#}
{% macro salted_hash(value) -%}
    {{ adapter.dispatch('salted_hash', 'plumbline')(value) }}
{%- endmacro %}

{% macro default__salted_hash(value) -%}
    sha256((select max(salts.salt) from {{ source('bookkeeping', 'plumbline_salt') }} as salts) || chr(31) || {{ value }})
{%- endmacro %}

{% macro spark__salted_hash(value) -%}
    sha2(concat((select max(salts.salt) from {{ source('bookkeeping', 'plumbline_salt') }} as salts), chr(31), {{ value }}), 256)
{%- endmacro %}
