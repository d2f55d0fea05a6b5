{#- The one place where a run's as-of date is decided: the asked date, else the newest system timestamp in the data. Business
    dates never count, and no timestamp counts past the extract that carried it. -#}
{%- set system_columns = {} -%}
{%- for system in source_systems().values() -%}
    {%- do system_columns.update(system.system_columns) -%}
{%- endfor -%}
{%- set asked = env_var('PLUMBLINE_AS_OF', '') -%}

with system_times as (

    {%- for relation, columns in system_columns.items() %}
    select
        max(greatest(
            {%- for column in columns %}
            coalesce(least({{ column }}, extracted_at), {{ beginning_of_time() }}),
            {%- endfor %}
            case when is_extract_time_declared then extracted_at else {{ beginning_of_time() }} end
        )) as newest_system_at,
        min({{ columns[0] }}) as oldest_system_at
    from {{ ref(relation) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}

),

newest as (

    select
        coalesce(max(newest_system_at), timestamp '1970-01-01 00:00:00') as newest_system_at,
        coalesce(min(oldest_system_at), timestamp '1970-01-01 00:00:00') as oldest_system_at
    from system_times

),

dated as (

    select
        {% if asked %}cast('{{ asked }}' as date){% else %}{{ local_date('newest_system_at') }}{% endif %} as as_of_date,
        newest_system_at,
        oldest_system_at
    from newest

)

select
    as_of_date,
    {{ start_of_day(add_days('as_of_date', 1)) }} as as_of_at,
    '{{ var("reporting_timezone") }}' as reporting_timezone,
    '{{ var("reporting_currency") }}' as reporting_currency,
    newest_system_at,
    oldest_system_at
from dated
