{#- The attribution models and bases of METRICS.md §3, and the arithmetic they share. Weights are kept as whole parts of a
    whole, so that shares of money are exact to the cent. -#}

{% macro attribution_models() -%}
    {{ return(['first_touch', 'last_touch', 'linear', 'position_based', 'u_shaped', 'w_shaped']) }}
{%- endmacro %}

{% macro attribution_bases() -%}
    {{ return(['created', 'qualified', 'won']) }}
{%- endmacro %}

{#- The touch_id that carries what no material touch earned. -#}
{% macro no_marketing_touch() -%} 'no_marketing_touch' {%- endmacro %}

{#- A touch's parts under an anchored model. All touches that hold no anchor share one portion; each anchor earns `ratio` such
    portions (40 to 20: 2; 30 to 10: 3). A touch that holds several anchors counts as one, and without a middle the anchors
    share alike, as do two touches. -#}
{% macro anchored_parts(is_anchor, n_touches, n_anchors, ratio) -%}
    case
        when {{ n_touches }} <= 2 or {{ n_anchors }} = {{ n_touches }} then 1
        when {{ is_anchor }} then {{ ratio }} * ({{ n_touches }} - {{ n_anchors }})
        else 1
    end
{%- endmacro %}

{#- The sum of anchored_parts over a journey; 1 for an empty one. -#}
{% macro anchored_whole(n_touches, n_anchors, ratio) -%}
    case
        when {{ n_touches }} <= 2 or {{ n_anchors }} = {{ n_touches }} then greatest({{ n_touches }}, 1)
        else ({{ n_touches }} - {{ n_anchors }}) * ({{ ratio }} * {{ n_anchors }} + 1)
    end
{%- endmacro %}

{#- Whole quotient of two non-negative whole numbers, as bigint. -#}
{% macro whole_quotient(dividend, divisor) -%}
    cast(round(
        cast(({{ dividend }}) - ({{ dividend }}) % ({{ divisor }}) as double) / cast(({{ divisor }}) as double)
    ) as bigint)
{%- endmacro %}

{#- The sourcing function that a creator's or sender's role stands for; NULL where the role stands for none. -#}
{% macro sourcing_function_of_role(alias) -%}
    case
        when {{ alias }}.is_sdr then 'outbound_sdr'
        when {{ alias }}.is_ae then 'outbound_ae'
        when {{ alias }}.role = 'am' then 'expansion'
        when {{ alias }}.role = 'marketing' then 'marketing_inbound'
        when {{ alias }}.role = 'partner_manager' then 'partner'
    end
{%- endmacro %}

{#- Campaign types, lower case, whose members are uploaded as lists after the event. -#}
{% macro event_campaign_types() -%}
    {{ return(var('event_campaign_types') | map('lower') | list) }}
{%- endmacro %}

{#- The sourcing function of answered outreach by the role of who reached out; NULL where the role doesn't prospect. -#}
{% macro outreach_function(alias) -%}
    case
        when {{ alias }}.is_sdr then 'outbound_sdr'
        when {{ alias }}.is_ae or {{ alias }}.role in ('am', 'manager') then 'outbound_ae'
    end
{%- endmacro %}

{#- Whole cents as money. -#}
{% macro money_of_cents(cents) -%} cast(cast({{ cents }} as decimal(28, 2)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2)) {%- endmacro %}
