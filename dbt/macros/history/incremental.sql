{#- Incremental by changed opportunity: delete every changed id, also those that yield no row now, then insert. -#}

{% macro changed_opportunities_filter(column) -%}
    {#- Named outside the condition, so that the dependency is known when dbt parses. -#}
    {%- set changed_opportunities = ref('int_changed_opportunities') -%}
    {%- if is_incremental() -%}
        {{ column }} in (select changed.opportunity_id from {{ changed_opportunities }} as changed)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{% macro get_incremental_replace_changed_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ arg_dict['unique_key'] }} in (
        select changed.opportunity_id from {{ ref('int_changed_opportunities') }} as changed
    );
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{%- endmacro %}
