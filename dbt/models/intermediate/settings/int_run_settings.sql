{#- The one place where a run's as-of date is decided: the asked date, else the newest system timestamp in the data. Business
    dates never count, and no timestamp counts past the extract that carried it. -#}
{%- set system_columns = {
    'stg_salesforce__opportunity': ['created_at', 'last_modified_at', 'modified_at'],
    'stg_salesforce__opportunity_history': ['created_at'],
    'stg_salesforce__opportunity_field_history': ['created_at'],
    'stg_salesforce__lead': ['created_at', 'modified_at'],
    'stg_salesforce__contact': ['created_at', 'modified_at'],
    'stg_salesforce__account': ['created_at', 'modified_at'],
    'stg_salesforce__campaign_member': ['created_at', 'modified_at'],
    'stg_salesforce__task': ['created_at', 'modified_at'],
    'stg_salesforce__event': ['created_at', 'modified_at'],
    'stg_salesforce__email_message': ['created_at', 'modified_at'],
    'stg_generic__opportunities': ['created_at', 'modified_at'],
    'stg_generic__opportunity_changes': ['changed_at'],
    'stg_generic__accounts': ['created_at', 'modified_at'],
    'stg_generic__contacts': ['created_at', 'modified_at'],
    'stg_generic__leads': ['created_at', 'modified_at'],
    'stg_generic__lead_changes': ['changed_at'],
    'stg_generic__touches': ['touched_at', 'modified_at'],
    'stg_generic__activities': ['created_at', 'modified_at'],
    'stg_marketo__lead': ['created_at', 'modified_at'],
    'stg_marketo__program_membership': ['created_at', 'modified_at'],
    'stg_marketo__activity_visit_webpage': ['occurred_at'],
    'stg_marketo__activity_fill_out_form': ['occurred_at'],
    'stg_marketo__activity_click_email': ['occurred_at'],
    'stg_hubspot__deal': ['created_at', 'modified_at'],
    'stg_hubspot__deal_property_history': ['changed_at'],
    'stg_hubspot__contact': ['created_at', 'modified_at'],
    'stg_hubspot__company': ['created_at', 'modified_at'],
    'stg_hubspot__engagement_call': ['created_at', 'modified_at'],
    'stg_hubspot__engagement_email': ['created_at', 'modified_at'],
    'stg_hubspot__engagement_meeting': ['created_at', 'modified_at'],
    'stg_hubspot__engagement_task': ['created_at', 'modified_at']
} -%}
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
        coalesce(
            min(case when oldest_system_at >= timestamp '1990-01-01 00:00:00' then oldest_system_at end),
            timestamp '1970-01-01 00:00:00'
        ) as oldest_system_at
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
