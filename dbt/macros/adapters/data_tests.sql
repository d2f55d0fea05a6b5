{#- How a data test runs: counted first, and its rows stored as a table only where there are any. dbt's own way stores every
    test's rows, which for hundreds of tests that find nothing takes longer than the tests. -#}
{% materialization test, default %}
    {%- set found = get_limit_subquery_sql(sql, config.get('limit')) -%}
    {%- call statement('main', fetch_result=true) -%}
        {{ get_test_sql(found, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
    {%- endcall -%}
    {%- set before = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) -%}
    {%- if before -%}
        {%- do adapter.drop_relation(before) -%}
    {%- endif -%}
    {%- set relations = [] -%}
    {%- if should_store_failures() and load_result('main').table.rows[0][0] | int > 0 -%}
        {%- set rows = api.Relation.create(database=database, schema=schema, identifier=model['alias'], type='table') -%}
        {%- call statement(auto_begin=true) -%}
            {{ get_create_sql(rows, found) }}
        {%- endcall -%}
        {%- do relations.append(rows) -%}
    {%- endif -%}
    {{ adapter.commit() }}
    {{ return({'relations': relations}) }}
{% endmaterialization %}
