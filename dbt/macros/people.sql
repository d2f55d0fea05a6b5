{#- What an e-mail address says about a person, without keeping the address. -#}

{#- The part after the @, lower case; NULL where there is none. -#}
{% macro email_domain(address) -%}
    nullif(lower(trim(split_part({{ address }}, '@', 2))), '')
{%- endmacro %}

{#- True where the address is a member of the company's own staff: by the whole address, or by its domain. -#}
{% macro is_staff_address(address) -%}
    coalesce(
        lower(trim({{ address }})) in (select staff.address from {{ ref('int_staff_addresses') }} as staff)
        or {{ email_domain(address) }} in (select staff.address from {{ ref('int_staff_addresses') }} as staff),
        false
    )
{%- endmacro %}
