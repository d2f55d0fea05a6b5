{#- How a table is made on DuckDB: replaced in one statement within the model's transaction. dbt-duckdb's own way makes it under another
    name, renames the old one away and the new one in, and drops the old one, which for small tables takes longer than the query. -#}
{% materialization table, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing is not none and not existing.is_table -%}
        {%- call statement('drop_other_kind') -%}
            drop {{ existing.type }} if exists {{ existing }}
        {%- endcall -%}
    {%- endif -%}
    {%- set is_contracted = config.get('contract').enforced -%}
    {%- call statement('main') -%}
        {%- if is_contracted -%}
            {{ get_assert_columns_equivalent(compiled_code) }}
        {%- endif -%}
        create or replace table {{ target }} as (
            {{ get_select_subquery(compiled_code) if is_contracted else compiled_code }}
        )
    {%- endcall -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
