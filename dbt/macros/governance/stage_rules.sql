{#- What the operators of seeds/stage_rules.csv mean. The gate judges the same values with operators of its own and holds the
    two counts equal, so a change here is a change there. -#}

{#- True or false, never NULL: does `value` (trimmed text, NULL where empty) meet the rule? An empty value fails every operator
    but not_in; text that is no number fails the numeric ones. `rule_values` is the rule's value with its parts trimmed. -#}
{% macro stage_rule_is_met(operator, rule_value, rule_values, value) -%}
    case {{ operator }}
        when 'not_empty' then {{ value }} is not null
        when 'equals' then coalesce({{ value }} = {{ rule_value }}, false)
        when 'in' then {{ is_one_of(value, rule_values) }}
        when 'not_in' then not {{ is_one_of(value, rule_values) }}
        when 'at_least' then coalesce(try_cast({{ value }} as double) >= try_cast({{ rule_value }} as double), false)
        when 'at_most' then coalesce(try_cast({{ value }} as double) <= try_cast({{ rule_value }} as double), false)
        when 'greater_than' then coalesce(try_cast({{ value }} as double) > try_cast({{ rule_value }} as double), false)
        when 'matches' then {{ matches_pattern("coalesce(" ~ value ~ ", '')", rule_value) }}
        when 'min_length' then coalesce(length({{ value }}), 0) >= try_cast({{ rule_value }} as double)
        else false
    end
{%- endmacro %}

{#- A value that itself holds a vertical bar is none of the values. -#}
{% macro is_one_of(value, rule_values) -%}
    (
        instr('|' || {{ rule_values }} || '|', '|' || coalesce({{ value }}, '') || '|') > 0
        and instr(coalesce({{ value }}, ''), '|') = 0
    )
{%- endmacro %}
